-- name: newest_first
select o.ctid::text, o.haulback_event::text from {log} as o order by o.haulback_statement desc, o.haulback_event = 'i' desc, o.ctid desc

-- name: restore
update {table} as t set {assignments}
  from {log} as o
 where o.ctid = %(place)s::tid
   and t.tableoid = (select t.tableoid from {table} as t where {is_after} limit 1)
   and t.ctid = (select t.ctid from {table} as t where {is_after} limit 1)

-- name: take_out
delete from {table} as t using {log} as o
 where o.ctid = %(place)s::tid
   and t.tableoid = (select t.tableoid from {table} as t where {is_after} limit 1)
   and t.ctid = (select t.ctid from {table} as t where {is_after} limit 1)

-- name: bring_back
insert into {table} ({columns}) overriding system value select {before} from {log} as o where o.ctid = %(place)s::tid

-- name: leave
insert into haulback_attic.left_behind (capture, part, place, reason)
values (%(capture)s, %(part)s, %(place)s::tid, %(reason)s)
on conflict (capture, part, place) do update set reason = excluded.reason

-- name: leave_all
insert into haulback_attic.left_behind (capture, part, place, reason)
select %(capture)s, 'rows without a key', o.ctid, %(reason)s from {log} as o
on conflict (capture, part, place) do update set reason = excluded.reason
