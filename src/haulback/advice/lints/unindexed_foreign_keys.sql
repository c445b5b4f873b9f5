-- name: findings
-- Foreign keys for which no valid index begins with their columns, in whatever order. A partial index counts where
-- it leaves out nothing but nulls, which the key does not look up. Keys that partitions inherit are their parent's.
select pg_catalog.jsonb_build_object(
           'schema', n.nspname, 'name', c.relname, 'type', 'table',
           'fkey_name', k.conname, 'fkey_columns', k.conkey
       ) as metadata,
       pg_catalog.jsonb_build_object(
           'table', pg_catalog.format('%%I.%%I', n.nspname, c.relname), 'columns', columns.names,
           -- Not possible for a partitioned table.
           'concurrently', case c.relkind when 'r' then ' concurrently' else '' end
       ) as told
  from pg_catalog.pg_constraint as k
  join pg_catalog.pg_class as c on c.oid = k.conrelid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 cross join lateral (
        select pg_catalog.array_agg(pg_catalog.quote_ident(a.attname) order by p.position) as names
          from pg_catalog.unnest(k.conkey) with ordinality as p(attnum, position)
          join pg_catalog.pg_attribute as a on a.attrelid = k.conrelid and a.attnum = p.attnum
       ) as columns
 where k.contype = 'f'
   and k.conparentid = 0
   and c.relpersistence <> 't'
   and n.nspname <> all (%(platform)s)
   and not exists (
       select from pg_catalog.pg_depend as d
        where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e'
   )
   and not exists (
       select
         from pg_catalog.pg_index as i
         join pg_catalog.pg_class as ic on ic.oid = i.indexrelid
         join pg_catalog.pg_am as m on m.oid = ic.relam
        cross join lateral (
               -- An int2vector begins at 0.
               select pg_catalog.array_agg(i.indkey[p.position]) as attnums
                 from pg_catalog.generate_series(0, pg_catalog.cardinality(k.conkey) - 1) as p(position)
              ) as first
        where i.indrelid = k.conrelid
          and i.indisvalid
          and i.indnkeyatts >= pg_catalog.cardinality(k.conkey)
          and m.amname in ('btree', 'hash', 'gist', 'spgist')
          and first.attnums @> k.conkey
          and (
              i.indpred is null
              or pg_catalog.pg_get_expr(i.indpred, i.indrelid) in (
                  select pg_catalog.format('(%%s IS NOT NULL)', one.name) from pg_catalog.unnest(columns.names) as one(name)
              )
          )
   )
 order by n.nspname, c.relname, k.conname
