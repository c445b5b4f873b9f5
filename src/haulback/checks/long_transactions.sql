-- The longest open transactions of other sessions of this database, prepared ones included, and how many sessions
-- we may not look into. Without pg_read_all_stats the columns of another role's session are null, and null of a
-- client's session (it has a usesysid) means hidden, not idle.
with others as (
    select a.pid, a.application_name, a.xact_start, a.usesysid is not null and a.backend_type is null as hidden
      from pg_catalog.pg_stat_activity as a
     where a.datid = (select d.oid from pg_catalog.pg_database as d where d.datname = pg_catalog.current_database())
       and a.pid <> pg_catalog.pg_backend_pid()
       and a.pid <> all (%(own)s::integer[])
), opened as (
    select 'pid ' || o.pid || coalesce(' (' || nullif(o.application_name, '') || ')', '') as who,
           pg_catalog.clock_timestamp() - o.xact_start as age
      from others as o
     where o.xact_start is not null
    union all
    select 'prepared transaction ' || pg_catalog.quote_literal(p.gid), pg_catalog.clock_timestamp() - p.prepared
      from pg_catalog.pg_prepared_xacts as p
     where p.database = pg_catalog.current_database()
)
select (select pg_catalog.count(*) from others as o where o.hidden),
       (select pg_catalog.max(o.age) from opened as o),
       (select coalesce(pg_catalog.array_agg(o.who order by o.age desc, o.who), '{}')
          from opened as o where o.age > %(limit)s)
