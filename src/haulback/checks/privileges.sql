-- What our role lacks: CREATE on the database (needed for new schemas, ours among them) and on the named schemas,
-- membership in the owner of each named table. What does not exist yet is left out.
with wanted_schema as (
    select pg_catalog.to_regnamespace(s.name) as oid, s.name
      from pg_catalog.unnest(%(schemas)s::text[]) as s(name)
), wanted_table as (
    select pg_catalog.to_regclass(t.name) as oid, t.name
      from pg_catalog.unnest(%(tables)s::text[]) as t(name)
), lacking as (
    select 'CREATE on database ' || pg_catalog.quote_ident(pg_catalog.current_database()) as what
     where not pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
    union all
    select 'CREATE on schema ' || s.name
      from wanted_schema as s
     where s.oid is not null and not pg_catalog.has_schema_privilege(s.oid, 'CREATE')
    union all
    select 'ownership of ' || t.name || ' (owned by '
           || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner)) || ')'
      from wanted_table as t
      join pg_catalog.pg_class as c on c.oid = t.oid
     where not pg_catalog.pg_has_role(c.relowner, 'USAGE')
)
select coalesce(pg_catalog.array_agg(l.what order by l.what), '{}') from lacking as l
