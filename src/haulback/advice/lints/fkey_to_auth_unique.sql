-- name: findings
-- Foreign keys from outside the platform to a table of auth, by a unique index that is not its primary key.
select pg_catalog.jsonb_build_object('schema', n.nspname, 'name', c.relname, 'foreign_key', k.conname) as metadata,
       pg_catalog.jsonb_build_object(
           'table', pg_catalog.format('%%I.%%I', n.nspname, c.relname),
           'refers_to', pg_catalog.format('%%I.%%I', fn.nspname, f.relname),
           'quoted', pg_catalog.quote_ident(k.conname)
       ) as told
  from pg_catalog.pg_constraint as k
  join pg_catalog.pg_class as c on c.oid = k.conrelid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  join pg_catalog.pg_class as f on f.oid = k.confrelid
  join pg_catalog.pg_namespace as fn on fn.oid = f.relnamespace and fn.nspname = 'auth'
  join pg_catalog.pg_index as i on i.indexrelid = k.conindid and not i.indisprimary
 where k.contype = 'f'
   and k.conparentid = 0
   and n.nspname <> all (%(platform)s)
 order by n.nspname, c.relname, k.conname
