-- name: canonical
-- Every value in one text whatever the session prefers. Where a policy would hide rows the server raises an error.
select pg_catalog.set_config('datestyle', 'ISO, YMD', true), pg_catalog.set_config('timezone', 'UTC', true),
       pg_catalog.set_config('intervalstyle', 'postgres', true),
       pg_catalog.set_config('extra_float_digits', '1', true), pg_catalog.set_config('bytea_output', 'hex', true),
       pg_catalog.set_config('xmloption', 'content', true), pg_catalog.set_config('row_security', 'off', true),
       pg_catalog.set_config('client_encoding', 'UTF8', true), pg_catalog.set_config('search_path', '', true),
       pg_catalog.set_config('lc_monetary', 'C', true), pg_catalog.set_config('quote_all_identifiers', 'off', true),
       pg_catalog.set_config('array_nulls', 'on', true), pg_catalog.set_config('statement_timeout', '0', true)

-- name: moment
-- The moment that a transaction sees, and the server it is on.
select pg_catalog.current_setting('server_version_num')::integer,
       case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_replay_lsn()
            else pg_catalog.pg_current_wal_insert_lsn() end::text,
       pg_catalog.transaction_timestamp(),
       pg_catalog.current_database()::text

-- name: system
select system_identifier::text from pg_catalog.pg_control_system()

-- name: table
-- A table with what is copied of it: columns that can be written, with their types, and the key.
select c.oid, n.nspname::text, c.relname::text, c.relkind = 'p',
       pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
       array(select a.attname::text from pg_catalog.pg_attribute as a
              where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
              order by a.attnum),
       array(select pg_catalog.format_type(a.atttypid, a.atttypmod) from pg_catalog.pg_attribute as a
              where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
              order by a.attnum),
       array(select a.attname::text
               from pg_catalog.pg_index as i
               cross join lateral pg_catalog.unnest(i.indkey::smallint[]) with ordinality as k (attnum, place)
               join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum = k.attnum
              where i.indrelid = c.oid and i.indisprimary
              order by k.place),
       greatest(c.reltuples, 0)::bigint
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where c.oid = pg_catalog.to_regclass(%(identity)s) and c.relkind in ('r', 'p')

-- name: all_tables
-- Every table of the users: not of the server, of an extension or of ours, and a partition through its root.
select pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't'
   and n.nspname not in ('pg_catalog', 'information_schema', 'haulback', 'haulback_attic')
   and not exists (select from pg_catalog.pg_depend as d
                    where d.classid = c.tableoid and d.objid = c.oid and d.deptype = 'e')
 order by 1

-- name: fires_in_replica_role
-- Triggers that would change rows while they are restored, whatever session_replication_role says.
select pg_catalog.format('%I.%I', n.nspname, c.relname), pg_catalog.quote_ident(t.tgname)
  from pg_catalog.pg_trigger as t
  join pg_catalog.pg_class as c on c.oid = t.tgrelid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where t.tgenabled in ('A', 'R') and not t.tgisinternal
 order by 1, 2

-- name: not_validated
-- Constraints that rows from before them need not hold. A restored row is one from before.
select case when k.contypid <> 0 then pg_catalog.format('alter domain %s drop constraint %I',
                                                        pg_catalog.format_type(k.contypid, null), k.conname)
            else pg_catalog.format('alter table %I.%I drop constraint %I', n.nspname, c.relname, k.conname) end
  from pg_catalog.pg_constraint as k
  left join pg_catalog.pg_class as c on c.oid = k.conrelid
  left join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where not k.convalidated and k.coninhcount = 0
 order by 1

-- name: descendants
-- Tables that inherit from a table, at any depth, and are no partitions: its rows as everybody reads them are theirs too.
with recursive below (oid) as (
  select i.inhrelid from pg_catalog.pg_inherits as i where i.inhparent = pg_catalog.to_regclass(%(identity)s)
  union
  select i.inhrelid from pg_catalog.pg_inherits as i join below as b on i.inhparent = b.oid
)
select pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
  from below as b
  join pg_catalog.pg_class as c on c.oid = b.oid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p') and not c.relispartition
 order by 1
