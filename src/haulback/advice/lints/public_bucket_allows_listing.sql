-- name: findings
-- Public buckets with a permissive policy for reading storage.objects by everybody or a role of the API that asks for
-- nothing, or for nothing but this bucket.
with policy as (
    select p.polname, coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'true') as qual
      from pg_catalog.pg_policy as p
      join pg_catalog.pg_class as c on c.oid = p.polrelid and c.relname = 'objects'
      join pg_catalog.pg_namespace as n on n.oid = c.relnamespace and n.nspname = 'storage'
     where p.polpermissive
       and p.polcmd in ('r', '*')
       and (
           0 = any (p.polroles)
           or exists (
               select from pg_catalog.pg_roles as r where r.oid = any (p.polroles) and r.rolname = any (%(roles)s)
           )
       )
)
select pg_catalog.jsonb_build_object(
           'schema', 'storage', 'name', b.name, 'type', 'bucket', 'bucket_id', b.id, 'bucket_name', b.name,
           'policy_names', pg_catalog.array_agg(p.polname order by p.polname), 'policy_count', pg_catalog.count(*)
       ) as metadata,
       pg_catalog.jsonb_build_object(
           'policies', pg_catalog.array_agg('policy ' || pg_catalog.quote_ident(p.polname) order by p.polname)
       ) as told
  from storage.buckets as b
  join policy as p
    on p.qual ~ '^\(*(true|(\d+) = \2)\)*$'
    or p.qual in (
           pg_catalog.format('(bucket_id = %%L::text)', b.id), pg_catalog.format('(%%L::text = bucket_id)', b.id)
       )
 where b.public
 group by b.id, b.name
 order by b.id
