-- Sessions in use against each limit that can refuse ours. pg_stat_database counts the sessions of every role
-- without any privilege; the counts of a role and of the limits are visible to all as well.
with settings as (
    select pg_catalog.current_setting('max_connections')::integer
           - pg_catalog.current_setting('superuser_reserved_connections')::integer
           - coalesce(pg_catalog.current_setting('reserved_connections', true)::integer, 0) as usable
), limits as (
    select 'the server' as whose,
           (select pg_catalog.sum(d.numbackends) from pg_catalog.pg_stat_database as d)::integer as used,
           s.usable as most
      from settings as s
    union all
    select 'this database', pg_catalog.pg_stat_get_db_numbackends(d.oid), d.datconnlimit
      from pg_catalog.pg_database as d
     where d.datname = pg_catalog.current_database() and d.datconnlimit > 0
    union all
    select 'our role',
           (select pg_catalog.count(*) from pg_catalog.pg_stat_activity as a where a.usesysid = r.oid)::integer,
           r.rolconnlimit
      from pg_catalog.pg_roles as r
     where r.rolname = session_user and r.rolconnlimit > 0
)
select l.whose, l.used, l.most
  from limits as l
 order by l.used::float8 / l.most desc, l.whose
 limit 1
