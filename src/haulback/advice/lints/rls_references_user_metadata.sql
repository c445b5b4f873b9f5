-- name: findings
-- Policies that read user_metadata of the caller's token, or the column of auth.users that it comes from.
select pg_catalog.jsonb_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table') as metadata,
       pg_catalog.jsonb_build_object(
           'table', pg_catalog.format('%%I.%%I', n.nspname, c.relname),
           'policy', pg_catalog.quote_ident(p.polname),
           'policy_name', p.polname
       ) as told
  from pg_catalog.pg_policy as p
  join pg_catalog.pg_class as c on c.oid = p.polrelid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where n.nspname <> all (%(platform)s)
   and exists (
       select
         from (
              values (pg_catalog.pg_get_expr(p.polqual, p.polrelid)),
                     (pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
         ) as e(text)
        where e.text ~ '(auth\.jwt\(\)|current_setting\(.*request\.jwt\.claim).*\yuser_metadata\y'
           or e.text ~ '\yraw_user_meta_data\y.*\yauth\.users\y'
           or e.text ~ '\yauth\.users\y.*\yraw_user_meta_data\y'
   )
 order by n.nspname, c.relname, p.polname
