-- name: findings
-- Policies on tables with row level security that call a function which says who the caller is; whether the call
-- stands in a sub-select of its own is decided from the text. Those of realtime are the user's own.
select pg_catalog.jsonb_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table') as metadata,
       pg_catalog.jsonb_build_object(
           'table', pg_catalog.format('%%I.%%I', n.nspname, c.relname),
           'policy', pg_catalog.quote_ident(p.polname),
           'policy_name', p.polname,
           'expressions', pg_catalog.array_remove(array[using_.text, check_.text], null)
       ) as told
  from pg_catalog.pg_policy as p
  join pg_catalog.pg_class as c on c.oid = p.polrelid and c.relrowsecurity
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 cross join lateral (select pg_catalog.pg_get_expr(p.polqual, p.polrelid) as text) as using_
 cross join lateral (select pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) as text) as check_
 where (n.nspname = 'realtime' or n.nspname <> all (%(platform)s))
   and pg_catalog.concat_ws(' ', using_.text, check_.text) ~ '(auth\.\w+|current_setting)\('
 order by n.nspname, c.relname, p.polname
