-- name: extent
-- A table with its children: pages and rows, the size of what is stored out of line, its key, the columns whose
-- foreign key leads to users, and all its columns. Where it opens the tables the caller bounds the wait; else it tells
-- what the last VACUUM or ANALYZE saw.
with recursive tree (oid) as (
    select pg_catalog.to_regclass(%(identity)s)::oid
    union
    select h.inhrelid from pg_catalog.pg_inherits as h join tree as t on t.oid = h.inhparent
), members as (
    select c.oid, c.reltuples, c.relpages, 
           case when %(open)s then pg_catalog.pg_relation_size(c.oid) else c.relpages::int8 * s.page end as heap,
           case when %(open)s then coalesce(pg_catalog.pg_total_relation_size(nullif(c.reltoastrelid, 0)), 0)
                else coalesce(o.relpages, 0)::int8 * s.page end as toast
      from pg_catalog.pg_class as c
      join tree as t on t.oid = c.oid
      left join pg_catalog.pg_class as o on o.oid = c.reltoastrelid
     cross join (select pg_catalog.current_setting('block_size')::int8 as page) as s
     where c.relkind in ('r', 'p', 'm')
)
select pg_catalog.sum(m.heap)::int8,
       pg_catalog.sum(m.toast)::int8,
       -- Rows a page as they last were, times the pages of today, as the planner has it.
       pg_catalog.sum(case when m.relpages > 0 and m.reltuples >= 0
                           then m.reltuples::float8 / m.relpages * m.heap
                                / pg_catalog.current_setting('block_size')::float8 end),
       array(select a.attname::text
               from pg_catalog.pg_index as i
              cross join lateral pg_catalog.unnest(i.indkey::int2[]) with ordinality as k (attnum, place)
               join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.attnum
              where i.indrelid = pg_catalog.to_regclass(%(identity)s) and i.indisprimary and k.place <= i.indnkeyatts
              order by k.place),
       array(select a.attname::text
               from pg_catalog.pg_constraint as f
               join pg_catalog.pg_attribute as a on a.attrelid = f.conrelid and a.attnum = any (f.conkey)
              where f.conrelid = pg_catalog.to_regclass(%(identity)s) and f.contype = 'f'
                -- By the catalogs: to_regclass asks for USAGE of the schema.
                and f.confrelid in (select u.oid from pg_catalog.pg_class as u
                                      join pg_catalog.pg_namespace as w on w.oid = u.relnamespace
                                     where w.nspname = 'auth' and u.relname = 'users')
              order by a.attnum),
       array(select a.attname::text
               from pg_catalog.pg_attribute as a
              where a.attrelid = pg_catalog.to_regclass(%(identity)s) and a.attnum > 0 and not a.attisdropped
              order by a.attnum),
       pg_catalog.current_setting('block_size')::int8,
       (select array[n.nspname::text, c.relname::text]
          from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
         where c.oid = pg_catalog.to_regclass(%(identity)s))
  from members as m
having pg_catalog.count(*) > 0;

-- name: sample
-- Rows of some pages, and the average size of each column's value as it is stored: what lies out of line counts, and
-- is not fetched for that.
select pg_catalog.count(*), {widths} from {table} as t tablesample system ({percent}) repeatable (0);

-- name: quoted
select pg_catalog.format('%%I.%%I', %s::pg_catalog.text, %s::pg_catalog.text);
