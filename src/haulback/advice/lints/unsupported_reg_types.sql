-- name: findings
-- Stored columns of the types whose values do not survive pg_upgrade, or of types made of these.
with recursive refused (oid) as (
    select t.oid
      from pg_catalog.pg_type as t
      join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
     where n.nspname = 'pg_catalog'
       and t.typname in ('regcollation', 'regconfig', 'regdictionary', 'regnamespace', 'regoper', 'regoperator',
                         'regproc', 'regprocedure')
    union
    select t.oid
      from refused as r
      join (
           select d.oid, d.typbasetype as made_of from pg_catalog.pg_type as d where d.typtype = 'd'
           union all
           select a.oid, a.typelem from pg_catalog.pg_type as a where a.typcategory = 'A'
           union all
           select g.rngtypid, g.rngsubtype from pg_catalog.pg_range as g
           union all
           select k.reltype, a.atttypid
             from pg_catalog.pg_class as k
             join pg_catalog.pg_attribute as a on a.attrelid = k.oid and a.attnum > 0 and not a.attisdropped
            where k.relkind = 'c'
      ) as t(oid, made_of) on t.made_of = r.oid
)
select pg_catalog.jsonb_build_object(
           'schema', n.nspname, 'name', c.relname, 'column', a.attname, 'type', 'table'
       ) as metadata,
       pg_catalog.jsonb_build_object(
           'table', pg_catalog.format('%%I.%%I', n.nspname, c.relname),
           'quoted', pg_catalog.quote_ident(a.attname),
           'type_name', pg_catalog.format_type(a.atttypid, a.atttypmod)
       ) as told
  from pg_catalog.pg_attribute as a
  join refused as r on r.oid = a.atttypid
  join pg_catalog.pg_class as c on c.oid = a.attrelid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p', 'm')
   and c.relpersistence <> 't'
   and a.attnum > 0
   and not a.attisdropped
   and n.nspname not in ('pg_catalog', 'information_schema', 'pgsodium')
 order by n.nspname, c.relname, a.attnum
