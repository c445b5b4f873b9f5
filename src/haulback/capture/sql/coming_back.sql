-- name: empty
-- From here on the capture is what could not stay in the table: nothing yet.
update haulback.capture set rows = 0, checksum = 0 where id = %(id)s

-- name: plain
select a.attname::text
  from pg_catalog.pg_attribute as a
  join pg_catalog.pg_type as t on t.oid = a.atttypid
 where a.attrelid = %(oid)s and a.attnum > 0 and not a.attisdropped
   and t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace

-- name: erased
-- Asked once for each user, however many rows there are.
select u.subject
  from (select distinct {column}::pg_catalog.text::pg_catalog.uuid as subject
          from {table} as t where {column} is not null) as u
 where public.is_erased(u.subject)

-- name: orphans
select t.ctid::pg_catalog.text from {table} as t
 where {refers} and not exists (select from {parent} as p where {found})
 limit %(most)s

-- name: take_out
-- A row that somebody wrote meanwhile is at another place by now, and found there next time.
with gone as (
    delete from {table} as t
     where t.ctid = any (%(places)s::pg_catalog.tid[])
       and {refers} and not exists (select from {parent} as p where {found})
    returning t.*
), kept as (
    insert into {room} ({columns}) select {values} from gone as g
    returning ctid
)
insert into haulback_attic.left_behind (capture, part, place, reason)
select %(capture)s, %(part)s, k.ctid, %(reason)s from kept as k
