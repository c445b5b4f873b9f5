-- name: findings
-- Permissive policies for writing by everybody or by a role of the API, on tables with row level security, whose
-- condition is no condition. WITH CHECK is USING where it is left out; an insert knows only WITH CHECK.
with policy as (
    select p.polname, p.polrelid, p.polroles,
           case p.polcmd when 'a' then 'INSERT' when 'w' then 'UPDATE' when 'd' then 'DELETE' else 'ALL' end as command,
           pg_catalog.pg_get_expr(p.polqual, p.polrelid) as qual,
           pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) as with_check
      from pg_catalog.pg_policy as p
     where p.polpermissive
       and p.polcmd <> 'r'
       and (
           0 = any (p.polroles)
           or exists (
               select from pg_catalog.pg_roles as r where r.oid = any (p.polroles) and r.rolname = any (%(roles)s)
           )
       )
), judged as (
    select p.*,
           p.command <> 'INSERT' and coalesce(p.qual, 'true') ~ '^\(*(true|(\d+) = \2)\)*$' as open_using,
           p.command <> 'DELETE'
             and coalesce(p.with_check, p.qual, 'true') ~ '^\(*(true|(\d+) = \2)\)*$' as open_check
      from policy as p
)
select pg_catalog.jsonb_build_object(
           'schema', n.nspname, 'name', c.relname, 'type', 'table', 'policy_name', j.polname, 'command', j.command,
           'roles', r.names, 'qual', j.qual, 'with_check', j.with_check,
           'permissive_using', j.open_using, 'permissive_with_check', j.open_check
       ) as metadata,
       pg_catalog.jsonb_build_object(
           'table', pg_catalog.format('%%I.%%I', n.nspname, c.relname),
           'policy', pg_catalog.quote_ident(j.polname),
           'action', case j.command when 'ALL' then 'read and write' else pg_catalog.lower(j.command) end,
           'clauses', case
               when j.open_using and j.open_check and j.with_check is not null then 'USING and WITH CHECK'
               when j.open_using then 'USING'
               else 'WITH CHECK'
           end
       ) as told
  from judged as j
  join pg_catalog.pg_class as c on c.oid = j.polrelid and c.relkind in ('r', 'p') and c.relrowsecurity
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 cross join lateral (
        select pg_catalog.array_agg(coalesce(r.rolname, 'public') order by r.rolname) as names
          from pg_catalog.unnest(j.polroles) as one(oid)
          left join pg_catalog.pg_roles as r on r.oid = one.oid
       ) as r
 where (j.open_using or j.open_check)
   and n.nspname <> all (%(platform)s)
 order by n.nspname, c.relname, j.polname
