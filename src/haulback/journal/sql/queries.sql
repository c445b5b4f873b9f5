-- name: installed
-- The version of the journal in this database, or no row where there is none.
select case when pg_catalog.to_regclass('haulback.installation') is null then null else 1 end;

-- name: version
select coalesce(pg_catalog.max(i.version), 0) from haulback.installation as i;

-- name: reached
insert into haulback.installation (version) values (%(version)s) on conflict do nothing;

-- name: try_lock
-- Polled from an autocommit session: a lock that waits in an open transaction deadlocks with
-- CREATE INDEX CONCURRENTLY, which waits for that transaction.
select pg_catalog.pg_try_advisory_lock(%(class)s, %(object)s);

-- name: sign
-- Says on the server which process of which machine holds the lock, so that a refusal can name it.
select pg_catalog.set_config('application_name', %(name)s, false);

-- name: holder
-- Who holds the deployment lock of this database.
select l.pid, a.usename::text, a.application_name, a.client_addr::text, a.backend_start
  from pg_catalog.pg_locks as l
  left join pg_catalog.pg_stat_activity as a on a.pid = l.pid
 where l.locktype = 'advisory'
   and l.database = (select d.oid from pg_catalog.pg_database as d
                      where d.datname = pg_catalog.current_database())
   and l.classid = %(class)s::pg_catalog.oid
   and l.objid = %(object)s::pg_catalog.oid
   and l.objsubid = 2
   and l.granted
 order by l.pid
 limit 1;

-- name: is_held
select exists (
  select from pg_catalog.pg_locks as l
   where l.locktype = 'advisory' and l.pid = %(backend)s and l.granted
     and l.database = (select d.oid from pg_catalog.pg_database as d
                        where d.datname = pg_catalog.current_database())
     and l.classid = %(class)s::pg_catalog.oid and l.objid = %(object)s::pg_catalog.oid and l.objsubid = 2);

-- name: begin_deployment
insert into haulback.deployment (id, plan_hash, plan, target, environment, host, pid)
values (%(id)s, %(plan_hash)s, %(plan)s, %(target)s, %(environment)s, %(host)s, %(pid)s)
returning number;

-- name: write
insert into haulback.entry (deployment, step, unit, event, detail)
values (%(deployment)s, %(step)s, %(unit)s, %(event)s, %(detail)s);

-- name: deployments
-- The newest first.
select d.id, d.number, d.plan_hash, d.plan, d.target, d.environment, d.login, d.host, d.pid, d.begun_at
  from haulback.deployment as d
 where %(number)s::bigint is null or d.number = %(number)s::bigint
 order by d.number desc
 limit %(most)s;

-- name: entries
select e.deployment, e.sequence, e.at, e.step, e.event, e.unit, e.detail
  from haulback.entry as e
 where e.deployment = any (%(deployments)s)
 order by e.sequence;

-- name: keep_image
insert into haulback.schema_image (deployment, moment, fingerprint, image)
values (%(deployment)s, %(moment)s, %(fingerprint)s, %(image)s)
on conflict (deployment, moment) do update
   set fingerprint = excluded.fingerprint, image = excluded.image, at = pg_catalog.clock_timestamp();

-- name: image
select i.fingerprint, i.image
  from haulback.schema_image as i
 where i.deployment = %(deployment)s and i.moment = %(moment)s;

-- name: orphans
-- Backends of a deployment whose process is gone; they may still commit.
select a.pid
  from pg_catalog.pg_stat_activity as a
 where a.datname = pg_catalog.current_database()
   and a.application_name like %(pattern)s
   and a.pid <> all (%(own)s)
 order by a.pid;

-- name: terminate
select pg_catalog.pg_terminate_backend(%(pid)s, 5000);

-- name: approve
insert into haulback.approval (plan_hash, role) values (%(plan_hash)s, %(role)s)
on conflict (plan_hash, login) do nothing;

-- name: approvals
select a.login, a.role, a.at
  from haulback.approval as a
 where a.plan_hash = %(plan_hash)s
 order by a.at, a.login;

-- name: deployed_hashes
-- Hashes of the plans that reached `deployed` here and were not taken back.
select distinct d.plan_hash
  from haulback.deployment as d
 where (select e.detail ->> 'state'
          from haulback.entry as e
         where e.deployment = d.id and e.event = 'state'
         order by e.sequence desc
         limit 1) in ('deployed', 'sealed')
 order by d.plan_hash;

-- name: file_hashes
-- The newest word on each version: its file's hash when done, null when taken back.
select distinct on (e.unit) e.unit, case when e.event = 'done' then e.detail ->> 'sha256' end
  from haulback.entry as e
 where e.step = 'migration' and e.event in ('done', 'undone')
 order by e.unit, e.sequence desc;

-- name: save_plan
insert into haulback.saved_plan (plan_hash) values (%(plan_hash)s) on conflict do nothing;

-- name: planners
select s.login from haulback.saved_plan as s where s.plan_hash = %(plan_hash)s order by 1;
