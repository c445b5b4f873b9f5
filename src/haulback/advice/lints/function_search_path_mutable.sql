-- name: findings
-- Functions and procedures with no search_path of their own. Aggregates have no body, and a body in standard SQL was
-- resolved when it was made.
select pg_catalog.jsonb_build_object('schema', n.nspname, 'name', p.proname, 'type', 'function') as metadata,
       pg_catalog.jsonb_build_object(
           'function', pg_catalog.format(
               '%%I.%%I(%%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)
           ),
           'kind', case p.prokind when 'p' then 'procedure' else 'function' end,
           'digest', pg_catalog.md5(p.prosrc)
       ) as told
  from pg_catalog.pg_proc as p
  join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
 where p.prokind <> 'a'
   and p.prosqlbody is null
   and n.nspname <> all (%(platform)s)
   and not exists (
       select from pg_catalog.unnest(p.proconfig) as c(setting)
        where pg_catalog.starts_with(c.setting, 'search_path=')
   )
   and not exists (
       select from pg_catalog.pg_depend as d
        where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e'
   )
 order by n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)
