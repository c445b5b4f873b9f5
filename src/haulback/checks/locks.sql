-- Who holds a lock on the named tables now. pg_locks shows every lock to every role; a prepared transaction has no
-- pid. The age is null where another role's session is hidden from us.
select l.virtualtransaction, l.relation::bigint, l.mode,
       coalesce('pid ' || l.pid, 'a prepared transaction')
       || coalesce(' (' || nullif(a.application_name, '') || ')', '') as who,
       l.relation::pg_catalog.regclass::text as what,
       pg_catalog.clock_timestamp() - a.xact_start as age
  from pg_catalog.pg_locks as l
  left join pg_catalog.pg_stat_activity as a on a.pid = l.pid
 where l.locktype = 'relation'
   and l.database = (select d.oid from pg_catalog.pg_database as d where d.datname = pg_catalog.current_database())
   and l.relation = any (select pg_catalog.to_regclass(t.name) from pg_catalog.unnest(%(tables)s::text[]) as t(name))
   and l.granted
   and l.pid is distinct from pg_catalog.pg_backend_pid()
   and coalesce(l.pid <> all (%(own)s::integer[]), true)
 order by l.virtualtransaction, l.relation, l.mode
