-- Who else holds the deployment lock in this database. pg_locks prints both keys as unsigned oids; objsubid 2 marks
-- a lock with two keys.
select 'pid ' || l.pid || coalesce(' (' || nullif(a.application_name, '') || ')', '')
       || coalesce(' from ' || pg_catalog.host(a.client_addr), '')
       || coalesce(' since ' || pg_catalog.to_char(a.backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS UTC'), '')
  from pg_catalog.pg_locks as l
  left join pg_catalog.pg_stat_activity as a on a.pid = l.pid
 where l.locktype = 'advisory'
   and l.granted
   and l.objsubid = 2
   and l.database = (select d.oid from pg_catalog.pg_database as d where d.datname = pg_catalog.current_database())
   and l.classid::bigint = (%(class)s::bigint & 4294967295)
   and l.objid::bigint = (%(object)s::bigint & 4294967295)
   and l.pid <> pg_catalog.pg_backend_pid()
   and l.pid <> all (%(own)s::integer[])
 order by l.pid
