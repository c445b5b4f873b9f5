-- name: findings
-- SECURITY DEFINER functions of exposed schemas that anon may execute; not those of triggers, which no request can
-- call.
select pg_catalog.jsonb_build_object(
           'schema', n.nspname, 'name', p.proname, 'arguments', a.identity, 'language', l.lanname,
           'security_definer', true
       ) as metadata,
       pg_catalog.jsonb_build_object(
           'function', pg_catalog.format('%%I.%%I(%%s)', n.nspname, p.proname, a.identity),
           'owner', pg_catalog.pg_get_userbyid(p.proowner)
       ) as told
  from pg_catalog.pg_proc as p
  join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
  join pg_catalog.pg_language as l on l.oid = p.prolang
 cross join lateral (select pg_catalog.pg_get_function_identity_arguments(p.oid) as identity) as a
 where p.prosecdef
   and p.prokind = 'f'
   and p.prorettype not in ('pg_catalog.trigger'::pg_catalog.regtype, 'pg_catalog.event_trigger'::pg_catalog.regtype)
   and n.nspname = any (%(exposed)s)
   and n.nspname <> all (%(platform)s)
   and pg_catalog.has_function_privilege('anon', p.oid, 'EXECUTE')
 order by n.nspname, p.proname, a.identity
