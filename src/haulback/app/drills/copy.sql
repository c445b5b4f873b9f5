-- name: leading_out
-- Foreign keys of a table that lead to rows which the backup does not hold.
select pg_catalog.format('alter table %%s drop constraint %%I', f.conrelid::pg_catalog.regclass, f.conname)
  from pg_catalog.pg_constraint as f
 where f.contype = 'f' and f.conparentid = 0 and f.conrelid = pg_catalog.to_regclass(%(identity)s)
   and not exists (select from pg_catalog.unnest(%(held)s::text[]) as h (identity)
                    where pg_catalog.to_regclass(h.identity) = f.confrelid)
 order by f.conname

-- name: owner
-- The owner of all these tables; null where there are several, or where policies hold for the owner as well.
select case when pg_catalog.count(distinct c.relowner) = 1 and not pg_catalog.bool_or(c.relforcerowsecurity)
            then pg_catalog.min(pg_catalog.pg_get_userbyid(c.relowner)::text) end
  from pg_catalog.unnest(%(identities)s::text[]) as given (identity)
  join pg_catalog.pg_class as c on c.oid = pg_catalog.to_regclass(given.identity)
