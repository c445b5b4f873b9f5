-- name: judged
-- Rows of the attic, each with the reason why it may not come back; those that may not are written down.
batch as materialized (
    select k.ctid as haulback_place, k.* from only {part} as k where {where}
), alone as materialized (
    select b.haulback_place, {reason} as reason, {rooted} as rooted from batch as b
), rooted as (
    -- A row that refers to its own table may come with the row it refers to, however long the chain.
    select a.haulback_place from alone as a where a.reason is null and a.rooted
    union
    select b.haulback_place
      from rooted as r
      join batch as p on p.haulback_place = r.haulback_place
      join batch as b on {chained}
      join alone as a on a.haulback_place = b.haulback_place and a.reason is null
), judged as materialized (
    select a.haulback_place,
           case when a.reason is not null then a.reason
                when r.haulback_place is null then {unrooted} end as reason
      from alone as a left join rooted as r using (haulback_place)
), stay as (
    insert into haulback_attic.left_behind (capture, part, place, reason)
    select %(capture)s, %(part)s, j.haulback_place, j.reason from judged as j where j.reason is not null
    on conflict do nothing
)

-- name: merge
-- Rows from the attic into the table in use: those that are there already stay as they are. Returns rows seen, left,
-- merged.
with recursive {judged}, merged as (
    insert into {target} ({into}) overriding system value
    select {values} from batch as b join judged as j using (haulback_place) where j.reason is null
    on conflict do nothing
    returning 1
)
select (select pg_catalog.count(*) from judged),
       (select pg_catalog.count(*) from judged where reason is not null),
       (select pg_catalog.count(*) from merged)

-- name: unplaced
-- Rows that were not brought back though no row of their key is there: another one has a value that is unique.
insert into haulback_attic.left_behind (capture, part, place, reason)
select %(capture)s, %(part)s, k.ctid, 'another row has a value of it that is unique'
  from only {part} as k
 where {where} and not exists (select from {target} as t where {t_is_k})
on conflict do nothing

-- name: in_range
k.ctid >= %(first)s::tid and k.ctid < %(end)s::tid

-- name: at_places
k.ctid = any (%(places)s::tid[])

-- name: places
select k.ctid::text from only {part} as k where {where} order by k.ctid

-- name: leave
insert into haulback_attic.left_behind (capture, part, place, reason)
values (%(capture)s, %(part)s, %(place)s::tid, %(reason)s) on conflict do nothing

-- name: left_forward
-- The next rows that were left behind.
select l.place::text from haulback_attic.left_behind as l
 where l.capture = %(capture)s and l.part = %(part)s and (%(after)s::tid is null or l.place > %(after)s::tid)
 order by l.place limit %(most)s

-- name: left_backward
-- The same from the other end: rows that refer to later ones find them then.
select l.place::text from haulback_attic.left_behind as l
 where l.capture = %(capture)s and l.part = %(part)s and (%(after)s::tid is null or l.place < %(after)s::tid)
 order by l.place desc limit %(most)s

-- name: take_out
delete from haulback_attic.left_behind
 where capture = %(capture)s and part = %(part)s and place = any (%(places)s::tid[])

-- name: hold
-- As a foreign key would: whoever deletes a parent's row waits for us, or we for him.
select from {parent} as p where exists (select from ({rows}) as r where {on}) for key share of p
