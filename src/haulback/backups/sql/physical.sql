-- name: facts
-- What a physical backup notes of its server before it begins. The bootstrap superuser has the first of all OIDs.
select pg_catalog.current_setting('server_version_num')::integer,
       pg_catalog.current_database()::text,
       pg_catalog.clock_timestamp(),
       (select r.rolname::text from pg_catalog.pg_roles as r where r.oid = 10),
       array(select t.oid::bigint from pg_catalog.pg_tablespace as t
              where t.spcname not in ('pg_default', 'pg_global') order by t.oid),
       (select r.rolreplication or r.rolsuper from pg_catalog.pg_roles as r where r.rolname = current_user),
       coalesce(pg_catalog.current_setting('summarize_wal', true), 'off') = 'on',
       pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_segment_size'))::integer,
       pg_catalog.current_setting('data_checksums') = 'on'

-- name: now
-- The moment, and the tablespaces beside the two that every cluster has.
select pg_catalog.clock_timestamp(),
       array(select t.oid::bigint from pg_catalog.pg_tablespace as t
              where t.spcname not in ('pg_default', 'pg_global') order by t.oid)

-- name: tables
-- Every table and materialized view that holds rows, with whether the heap access method is its own.
select c.oid::integer,
       pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
       a.amname = 'heap',
       n.nspname in ('pg_catalog', 'pg_toast', 'information_schema')
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  join pg_catalog.pg_am as a on a.oid = c.relam
 where c.relkind in ('r', 'm') and c.relpersistence = 'p'
 order by 2

-- name: indexes
-- Every usable B-tree.
select c.oid::integer, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  join pg_catalog.pg_am as a on a.oid = c.relam
  join pg_catalog.pg_index as i on i.indexrelid = c.oid
 where c.relkind = 'i' and a.amname = 'btree' and c.relpersistence = 'p' and i.indisvalid and i.indisready
 order by 2

-- name: databases
-- Those that a session may be opened on.
select d.datname::text from pg_catalog.pg_database as d where d.datallowconn order by 1
