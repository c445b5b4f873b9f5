-- name: findings
-- Views and materialized views of exposed schemas that a role of the API may read and that lead to auth.users,
-- through other views too. A view that runs as its caller leads there only directly, and only where auth.users has
-- no row level security.
with recursive users as (
    select c.oid, c.relrowsecurity
      from pg_catalog.pg_class as c
      join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
     where n.nspname = 'auth' and c.relname = 'users'
), over (oid, direct) as (
    select r.ev_class, true
      from users as u
      join pg_catalog.pg_depend as d
        on d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = u.oid
       and d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
      join pg_catalog.pg_rewrite as r on r.oid = d.objid
    union
    select r.ev_class, false
      from over as o
      join pg_catalog.pg_depend as d
        on d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = o.oid
       and d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
      join pg_catalog.pg_rewrite as r on r.oid = d.objid
     where r.ev_class <> o.oid
)
select distinct
       pg_catalog.jsonb_build_object(
           'schema', n.nspname, 'name', c.relname, 'type', 'view', 'exposed_to', r.names
       ) as metadata,
       pg_catalog.jsonb_build_object(
           'view', pg_catalog.format('%%I.%%I', n.nspname, c.relname),
           'kind', case c.relkind when 'm' then 'materialized view' else 'view' end
       ) as told,
       n.nspname,
       c.relname
  from over as o
  join pg_catalog.pg_class as c on c.oid = o.oid and c.relkind in ('v', 'm')
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 cross join users as u
 cross join lateral (
        select pg_catalog.array_agg(r.rolname order by r.rolname) as names
          from pg_catalog.pg_roles as r
         where r.rolname = any (%(roles)s) and pg_catalog.has_any_column_privilege(r.oid, c.oid, 'SELECT')
       ) as r
 where n.nspname = any (%(exposed)s)
   and n.nspname <> all (%(platform)s)
   and r.names is not null
   and (
       c.relkind = 'm'
       or (o.direct and not u.relrowsecurity)
       or not exists (
           select from pg_catalog.pg_options_to_table(c.reloptions) as o
            where o.option_name = 'security_invoker' and o.option_value::boolean
       )
   )
 order by n.nspname, c.relname
