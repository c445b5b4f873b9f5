-- name: present
select pg_catalog.to_regclass('haulback.heartbeat') is not null

-- name: beat
insert into haulback.heartbeat as h (at, by) values (pg_catalog.clock_timestamp(), %(by)s)
on conflict (one) do update set at = excluded.at, by = excluded.by
returning h.at

-- name: read
select h.at from haulback.heartbeat as h
