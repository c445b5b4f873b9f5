-- name: subject
-- A table to copy: its name, its size in pages, and whether it is partitioned (then its size says nothing).
select c.oid, n.nspname::text, c.relname::text,
       case when c.relkind = 'p' then -1
            else pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint end
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where c.oid = pg_catalog.to_regclass(%(identity)s) and c.relkind in ('r', 'p')

-- name: armed
-- Which of our triggers watch a table and are on.
select t.tgname::text from pg_catalog.pg_trigger as t
 where t.tgrelid = %(oid)s and t.tgname = any (%(names)s) and t.tgenabled = 'A'
 order by 1

-- name: remains
-- Statements that clear up after a copy that was never finished, whatever state it is in. Our triggers are found by
-- their name; a copy counts as unfinished while it is not registered.
select statement from (
    select 1 as step, pg_catalog.format('drop trigger if exists %%I on %%I.%%I', t.tgname, n.nspname, c.relname)
               as statement
      from pg_catalog.pg_trigger as t
      join pg_catalog.pg_class as c on c.oid = t.tgrelid
      join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
     where t.tgname ~ %(triggers)s and not t.tgisinternal and t.tgparentid = 0
    union all
    select 2, pg_catalog.format('drop function if exists haulback_attic.%%I()', p.proname)
      from pg_catalog.pg_proc as p
     where p.pronamespace = pg_catalog.to_regnamespace('haulback_attic') and p.proname ~ %(logs)s
    union all
    select 3, pg_catalog.format('drop table if exists haulback_attic.%%I', c.relname)
      from pg_catalog.pg_class as c
     where c.relnamespace = pg_catalog.to_regnamespace('haulback_attic') and c.relkind = 'r'
       and (c.relname ~ %(logs)s
            or (c.relname ~ %(copies)s
                and not exists (select from haulback.capture as k where k.attic_table = c.relname)))
) as s order by step, statement

-- name: key_types
select a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod)
  from pg_catalog.pg_attribute as a where a.attrelid = %(oid)s and a.attname = any (%(names)s)

-- name: about
-- Rows of a table and its children, as the statistics have them; 0 where they have none.
with recursive tree (oid) as (
    select %(oid)s::oid
    union
    select h.inhrelid from pg_catalog.pg_inherits as h join tree as t on t.oid = h.inhparent
)
select coalesce(pg_catalog.sum(c.reltuples) filter (where c.relkind = 'r' and c.reltuples > 0), 0)::int8
  from pg_catalog.pg_class as c join tree as t on t.oid = c.oid
