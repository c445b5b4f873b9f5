-- Tables of public whose rows belong to users: a single-column foreign key to auth.users. The lowest such column
-- of a table is taken for the owner's. The identity is written as reach.sql writes it.
select distinct on (n.nspname, c.relname)
       pg_catalog.format('%I.%I', n.nspname, c.relname), n.nspname::text, c.relname::text, a.attname::text
  from pg_catalog.pg_constraint as f
  join pg_catalog.pg_class as c on c.oid = f.conrelid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum = f.conkey[1]
 where f.contype = 'f'
   and pg_catalog.cardinality(f.conkey) = 1
   and f.confrelid = pg_catalog.to_regclass('auth.users')
   and n.nspname = 'public'
   and c.relkind in ('r', 'p')
 order by n.nspname, c.relname, a.attnum
