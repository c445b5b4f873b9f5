-- name: concerned
-- Of these names, the tables that are there and whose rows are users': as the server writes them, a partition by its
-- root, which is what a backup of all tables holds.
select distinct pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
  from rows from (pg_catalog.unnest(%(schemas)s::text[]), pg_catalog.unnest(%(names)s::text[])) as wanted (schema, name)
  join pg_catalog.pg_namespace as named on named.nspname = wanted.schema
  join pg_catalog.pg_class as own on own.relnamespace = named.oid and own.relname = wanted.name
  join pg_catalog.pg_class as c on c.oid = coalesce(pg_catalog.pg_partition_root(own.oid), own.oid)
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p') and c.relpersistence <> 't'
   and n.nspname not in ('pg_catalog', 'information_schema', 'haulback', 'haulback_attic')
   and not exists (select from pg_catalog.pg_depend as d
                    where d.classid = c.tableoid and d.objid = c.oid and d.deptype = 'e')
 order by 1
