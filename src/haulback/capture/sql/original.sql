-- name: original
-- A table as it is inside the open transaction: its names, its columns by number, the files its rows lie in, and how
-- many rows were written so far.
with leaves as (
    select r.oid from pg_catalog.pg_class as r where r.oid = %(oid)s and r.relkind = 'r'
    union
    select p.relid from pg_catalog.pg_partition_tree(%(oid)s::pg_catalog.oid::pg_catalog.regclass) as p where p.isleaf
)
select pg_catalog.jsonb_build_object(
    'oid', c.oid,
    'schema', n.nspname,
    'name', c.relname,
    'identity', pg_catalog.format('%%I.%%I', n.nspname, c.relname),
    'columns', (select pg_catalog.jsonb_object_agg(a.attname, pg_catalog.jsonb_build_object(
                           'number', a.attnum, 'type', a.atttypid::bigint, 'modifier', a.atttypmod,
                           'plain', t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace))
                  from pg_catalog.pg_attribute as a
                  join pg_catalog.pg_type as t on t.oid = a.atttypid
                 where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
    'files', (select pg_catalog.jsonb_object_agg(l.oid, pg_catalog.pg_relation_filenode(l.oid)::bigint)
                from leaves as l),
    'written', (select pg_catalog.sum(
                           pg_catalog.pg_stat_get_xact_tuples_inserted(l.oid)
                           + pg_catalog.pg_stat_get_xact_tuples_updated(l.oid)
                           + pg_catalog.pg_stat_get_xact_tuples_deleted(l.oid))::bigint from leaves as l))
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where c.oid = %(oid)s and c.relkind in ('r', 'p')
