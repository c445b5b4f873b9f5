-- name: bounds
-- The last key of the next range.
select {key_texts} from (
    select {key} from {log} as o where {after} and o.haulback_layer = %(layer)s order by {key} limit %(most)s
) as r order by {descending} limit 1

-- name: take_out
-- Rows that the migration inserted and nobody touched since. The row is held first: whoever refers to it, or writes
-- it, has committed by the time it is judged. Returns rows taken out, touched, gone, referred to.
with o as materialized (
    select o.ctid as haulback_place, o.* from {log} as o where {where} and o.haulback_event = 'i'
), found as materialized (
    select o.haulback_place, {untouched} as untouched, {referred} as referred
      from o join {table} as t on {t_is_o}
), gone as (
    delete from {table} as t using o join found as f using (haulback_place)
     where {t_is_o} and f.untouched and not f.referred
    returning o.haulback_place
), stay as (
    insert into haulback_attic.left_behind (capture, part, place, reason)
    select %(capture)s, 'inserted rows', f.haulback_place,
           case when not f.untouched then 'changed by a user since' else 'other rows refer to it' end
      from found as f where not f.untouched or f.referred
    on conflict (capture, part, place) do update set reason = excluded.reason
)
select (select pg_catalog.count(*) from gone),
       (select pg_catalog.count(*) from found as f where not f.untouched),
       (select pg_catalog.count(*) from o) - (select pg_catalog.count(*) from found),
       (select pg_catalog.count(*) from found as f where f.untouched and f.referred),
       (select pg_catalog.count(*) from gone)

-- name: hold_inserted
select from {table} as t
 where exists (select from {log} as o where {where} and o.haulback_event = 'i' and {t_is_o}) for update of t

-- name: restore
-- Rows that the migration updated: each column that still has the value it left gets the one from before. Nothing is
-- joined that the planner could take for one row. Returns rows restored, rows with a column that a user wrote since,
-- gone, left for want of a parent, and how many were to be restored: fewer are where somebody wrote at this moment.
with o as materialized (
    select o.ctid as haulback_place, o.* from {log} as o where {where} and o.haulback_event = 'u'
), found as materialized (
    select o.haulback_place, {orphaned} as lost, {touched} as touched, {restorable} as restorable
      from o join {table} as t on {t_is_o}
), given as (
    update {table} as t set {assignments}
      from o join found as f using (haulback_place)
     where {t_is_o} and f.lost is null and f.restorable and {restorable}
    returning o.haulback_place, {touched} as touched
), staying as (
    select f.haulback_place, f.lost from found as f where f.lost is not null or (f.touched and not f.restorable)
    union all
    select g.haulback_place, null from given as g where g.touched
), stay as (
    insert into haulback_attic.left_behind (capture, part, place, reason)
    select %(capture)s, 'updated rows', s.haulback_place, coalesce(s.lost, 'changed by a user since') from staying as s
    on conflict (capture, part, place) do update set reason = excluded.reason
)
select (select pg_catalog.count(*) from given),
       (select pg_catalog.count(*) from staying as s where s.lost is null),
       (select pg_catalog.count(*) from o) - (select pg_catalog.count(*) from found),
       (select pg_catalog.count(*) from found as f where f.lost is not null),
       (select pg_catalog.count(*) from found as f where f.lost is null and f.restorable)

-- name: hold_parents
select from {parent} as p
 where exists (select from {log} as o where {where} and o.haulback_event = 'u' and {p_is_o}) for key share of p

-- name: places
select o.ctid::text from {log} as o where {where} and o.haulback_event = %(event)s order by o.ctid

-- name: leave
insert into haulback_attic.left_behind (capture, part, place, reason)
values (%(capture)s, %(part)s, %(place)s::tid, %(reason)s)
on conflict (capture, part, place) do update set reason = excluded.reason

-- name: left
-- What may go now that other tables have their rows again.
select l.place::text from haulback_attic.left_behind as l
 where l.capture = %(capture)s and l.part = %(part)s and l.reason <> 'changed by a user since'
 order by l.place

-- name: take_up
delete from haulback_attic.left_behind
 where capture = %(capture)s and part = %(part)s and place = any (%(places)s::tid[])

-- name: referring
-- Foreign keys that lead to a table: who refers to it, by which columns, and whether the key is what they refer to.
select n.nspname::text, c.relname::text,
       array(select a.attname::text from pg_catalog.unnest(f.conkey) with ordinality as k (attnum, place)
               join pg_catalog.pg_attribute as a on a.attrelid = f.conrelid and a.attnum = k.attnum order by k.place),
       array(select a.attname::text from pg_catalog.unnest(f.confkey) with ordinality as k (attnum, place)
               join pg_catalog.pg_attribute as a on a.attrelid = f.confrelid and a.attnum = k.attnum order by k.place)
  from pg_catalog.pg_constraint as f
  join pg_catalog.pg_class as c on c.oid = f.conrelid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where f.confrelid = %(oid)s and f.contype = 'f' and f.conparentid = 0
 order by f.conname

-- name: held_up
-- Noted rows of a deployment that could not come back though nobody wrote them since: what a user did to a row, or to
-- the row that it refers to, is the user's to decide.
select c.id, c.identity, l.reason, pg_catalog.count(*)
  from haulback_attic.left_behind as l
  join haulback.capture as c on c.id = l.capture
 where c.deployment = %(deployment)s and c.kind = 'changed rows' and c.keeps = 'before'
   and l.reason not in ('changed by a user since', 'other rows refer to it', 'erased user')
   and l.reason not like 'no row in %%'
 group by c.id, c.identity, l.reason
 order by c.id, l.reason
