-- name: keep
-- What is kept for a restore; found by its role, since a restore has one of each.
insert into haulback.capture (restore, keeps, kind, identity, attic_table, detail)
values (%(restore)s, 'before', 'copied table', %(identity)s, %(attic_table)s, %(detail)s)

-- name: kept
select c.id, c.identity, c.attic_table::text, c.detail, c.progress
  from haulback.capture as c
 where c.restore = %(restore)s
 order by c.id

-- name: put_back
-- Rows of the backup into the table in use. One that was there when both were compared is changed only where it is
-- still what it was then: whoever wrote it since has the last word, and one who writes it now is waited for and the
-- row judged again. What came back is noted as it is now, with what it takes to tell later whether somebody wrote it.
-- Returns rows seen, left, brought back.
with recursive {judged}, updated as (
    update {target} as t set {assignments}
      from batch as b join judged as j using (haulback_place) join {before} as o on {o_is_b}
     where {t_is_b} and j.reason is null and not ({t_unlike_o})
    returning {t_columns}
), inserted as (
    insert into {target} as t ({into}) overriding system value
    select {values} from batch as b join judged as j using (haulback_place)
     where j.reason is null and not exists (select from {before} as o where {o_is_b})
    on conflict do nothing
    returning {t_columns}
), made as (
    insert into {made} (haulback_event, {columns})
    select 'u', u.* from updated as u union all select 'i', i.* from inserted as i
    returning 1
)
select (select pg_catalog.count(*) from judged),
       (select pg_catalog.count(*) from judged where reason is not null),
       (select pg_catalog.count(*) from made)

-- name: unplaced
-- Rows that were not brought back though nothing was said against them: what stood in their way came after both sides
-- were compared.
insert into haulback_attic.left_behind (capture, part, place, reason)
select %(capture)s, %(part)s, k.ctid,
       case when o.haulback_there is not null and t.haulback_there is not null then 'written since it was compared'
            when o.haulback_there is not null then 'deleted since it was compared'
            when t.haulback_there is not null then 'there again since it was compared'
            else 'another row has a value of it that is unique' end
  from only {part} as k
  left join lateral (select true as haulback_there from {before} as o where {o_is_k}) as o on true
  left join lateral (select true as haulback_there from {target} as t where {t_is_k}) as t on true
 where {where}
   and not exists (select from {made} as m where {m_is_k})
   and not exists (select from haulback_attic.left_behind as l
                    where l.capture = %(capture)s and l.part = %(part)s and l.place = k.ctid)
on conflict do nothing

-- name: made
select m.haulback_event::pg_catalog.text, pg_catalog.count(*) from {made} as m group by 1

-- name: hold_made
-- First the rows are held, then judged: whoever writes one of them, or a row that refers to it, has committed by then.
select from {target} as t
 where exists (select from only {part} as k where {where} and {t_is_k}) for update of t

-- name: take_back
-- A row that the restore inserted goes where it is still what came back and nothing refers to it; one that it changed
-- gets its former values, but for columns that somebody wrote since. Returns rows seen, left, taken back.
with batch as materialized (
    select k.ctid as haulback_place, k.* from only {part} as k where {where}
), found as materialized (
    select b.haulback_place, {t_unlike_b} as touched, {referred} as referred
      from batch as b join {target} as t on {t_is_b}
), gone as (
    delete from {target} as t using batch as b join found as f using (haulback_place)
     where {t_is_b} and b.haulback_event = 'i' and not f.touched and not f.referred
    returning 1
), set_back as (
    update {target} as t set {assignments}
      from batch as b join found as f using (haulback_place) join {before} as o on {o_is_b}
     where {t_is_b} and b.haulback_event = 'u'
    returning f.touched
), stay as (
    insert into haulback_attic.left_behind (capture, part, place, reason)
    select %(capture)s, %(part)s, f.haulback_place,
           case when f.touched then 'written since it came back' else 'other rows refer to it' end
      from found as f join batch as b using (haulback_place)
     where b.haulback_event = 'i' and (f.touched or f.referred)
    on conflict do nothing
)
select (select pg_catalog.count(*) from batch),
       (select pg_catalog.count(*) from found as f join batch as b using (haulback_place)
         where b.haulback_event = 'i' and (f.touched or f.referred)),
       (select pg_catalog.count(*) from gone),
       (select pg_catalog.count(*) from set_back),
       (select pg_catalog.count(*) from set_back where touched)

-- name: left_referred
-- Rows that stayed since others refer to them: those may be gone by now.
select l.place::text from haulback_attic.left_behind as l
 where l.capture = %(capture)s and l.part = %(part)s and l.reason = 'other rows refer to it'
 order by l.place

-- name: may_write
-- Whether this role may do with a table what a restore does.
select pg_catalog.has_table_privilege(%(oid)s::oid, 'insert') and pg_catalog.has_table_privilege(%(oid)s::oid, 'update')
   and pg_catalog.has_table_privilege(%(oid)s::oid, 'select')

-- name: sequences
-- Sequences that a table's columns own or are identities by, with the column.
select a.attname::text, n.nspname::text, s.relname::text, q.seqincrement > 0
  from pg_catalog.pg_depend as d
  join pg_catalog.pg_class as s on s.oid = d.objid and s.relkind = 'S'
  join pg_catalog.pg_sequence as q on q.seqrelid = s.oid
  join pg_catalog.pg_namespace as n on n.oid = s.relnamespace
  join pg_catalog.pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
 where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = %(oid)s and d.deptype in ('a', 'i')
 order by 1, 2, 3

-- name: raise_up
select pg_catalog.setval({name}::pg_catalog.regclass, w.top, true)
  from (select pg_catalog.max({column})::pg_catalog.int8 as top from {wanted}) as w
  join {sequence} as s on s.last_value < w.top or (s.last_value = w.top and not s.is_called)

-- name: raise_down
select pg_catalog.setval({name}::pg_catalog.regclass, w.top, true)
  from (select pg_catalog.min({column})::pg_catalog.int8 as top from {wanted}) as w
  join {sequence} as s on s.last_value > w.top or (s.last_value = w.top and not s.is_called)
