-- How far each API role reaches into each table of public, by command, as privileges and policies say:
-- 'none': no privilege, or row level security without a permissive policy for the command;
-- 'all': no row level security, or a permissive policy that is literally true and no restrictive one;
-- 'some': policies decide row by row.
with api_role as (
    select r.oid, r.rolname, r.rolbypassrls
      from pg_catalog.pg_roles as r
     where r.rolname in ('anon', 'authenticated')
), exposed as (
    select c.oid, n.oid as schema_oid, n.nspname, c.relname, c.relrowsecurity
      from pg_catalog.pg_class as c
      join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
     where n.nspname = 'public' and c.relkind in ('r', 'p')
), command (name, code) as (
    values ('SELECT', 'r'), ('INSERT', 'a'), ('UPDATE', 'w'), ('DELETE', 'd')
), policies as (
    select p.polrelid, r.oid as role_oid, k.code,
           pg_catalog.bool_or(p.polpermissive) as permitted,
           pg_catalog.bool_or(p.polpermissive and (
               case when k.code = 'a'
                    then pg_catalog.pg_get_expr(coalesce(p.polwithcheck, p.polqual), p.polrelid)
                    else pg_catalog.pg_get_expr(p.polqual, p.polrelid) end) = 'true') as open,
           pg_catalog.bool_or(not p.polpermissive) as restricted
      from pg_catalog.pg_policy as p
      join command as k on p.polcmd in (k.code::"char", '*')
      join api_role as r
        on exists (select from pg_catalog.unnest(p.polroles) as g(oid)
                    where g.oid = 0 or pg_catalog.pg_has_role(r.oid, nullif(g.oid, 0), 'USAGE'))
     group by p.polrelid, r.oid, k.code
)
select pg_catalog.format('%I.%I', e.nspname, e.relname) as relation, r.rolname::text, k.name,
       case when not pg_catalog.has_schema_privilege(r.oid, e.schema_oid, 'USAGE') then 'none'
            when k.code = 'd' and not pg_catalog.has_table_privilege(r.oid, e.oid, 'DELETE') then 'none'
            when k.code <> 'd' and not pg_catalog.has_any_column_privilege(r.oid, e.oid, k.name) then 'none'
            when r.rolbypassrls or not e.relrowsecurity then 'all'
            when coalesce(p.open, false) and not p.restricted then 'all'
            when coalesce(p.permitted, false) then 'some'
            else 'none' end as reach
  from exposed as e
 cross join api_role as r
 cross join command as k
  left join policies as p on p.polrelid = e.oid and p.role_oid = r.oid and p.code = k.code
 order by e.nspname, e.relname, r.rolname, k.name
