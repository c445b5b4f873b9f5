-- name: begin
insert into haulback.restore (id, identity, request, target, host, pid)
values (%(id)s, %(identity)s, %(request)s, %(target)s, %(host)s, %(pid)s)

-- name: write
insert into haulback.restore_entry (restore, event, detail) values (%(restore)s, %(event)s, %(detail)s)

-- name: restores
-- Times as text in one form: a migration may have set a DateStyle that nothing here can read.
select r.id, r.number, r.identity, r.request,
       pg_catalog.to_char(r.begun_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')
  from haulback.restore as r
 where %(number)s::bigint is null or r.number = %(number)s
 order by r.number desc

-- name: entries
select e.restore, pg_catalog.to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), e.event, e.detail
  from haulback.restore_entry as e
 where e.restore = any (%(restores)s)
 order by e.sequence

-- name: installed
select pg_catalog.to_regclass('haulback.restore') is not null
