-- name: leading_out
-- Foreign keys of a table that lead to rows which the backup does not hold.
select pg_catalog.format('alter table %%s drop constraint %%I', f.conrelid::pg_catalog.regclass, f.conname)
  from pg_catalog.pg_constraint as f
 where f.contype = 'f' and f.conparentid = 0 and f.conrelid = pg_catalog.to_regclass(%(identity)s)
   and not exists (select from pg_catalog.unnest(%(held)s::text[]) as h (identity)
                    where pg_catalog.to_regclass(h.identity) = f.confrelid)
 order by f.conname

-- name: owner
select pg_catalog.pg_get_userbyid(c.relowner)::text
  from pg_catalog.pg_class as c where c.oid = pg_catalog.to_regclass(%(identity)s)
