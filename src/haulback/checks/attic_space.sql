-- Where new tables of this session go (its folder outside of the data directory, or empty), where the data directory
-- is, if we may know, how much WAL stays between checkpoints, and the size of this and of all databases, as far as
-- we may measure them.
with place as (
    select coalesce(
        (select t.oid from pg_catalog.pg_tablespace as t
          where t.spcname = pg_catalog.current_setting('default_tablespace')),
        d.dattablespace) as tablespace, d.oid as database
      from pg_catalog.pg_database as d where d.datname = pg_catalog.current_database()
)
select pg_catalog.pg_tablespace_location(p.tablespace),
       coalesce((select s.setting from pg_catalog.pg_settings as s where s.name = 'data_directory'), ''),
       pg_catalog.pg_size_bytes(pg_catalog.current_setting('max_wal_size')),
       pg_catalog.pg_database_size(p.database),
       (select pg_catalog.sum(pg_catalog.pg_database_size(d.oid))::int8
          from pg_catalog.pg_database as d
         where pg_catalog.has_database_privilege(d.oid, 'connect')
            or pg_catalog.pg_has_role('pg_read_all_stats', 'usage'))
  from place as p
