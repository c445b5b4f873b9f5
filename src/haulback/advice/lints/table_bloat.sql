-- name: findings
-- Tables of which by estimate at least 70 percent and more than 20 MiB are empty. A row takes its header (23 bytes, and
-- a bitmap where there are nulls), its columns' average widths, each rounded up to 8 bytes, and 4 bytes in the page.
with width as (
    select s.schemaname, s.tablename,
           pg_catalog.sum((1 - s.null_frac) * s.avg_width) as columns,
           23 + case when pg_catalog.max(s.null_frac) > 0 then (pg_catalog.count(*) + 7) / 8 else 0 end as header
      from pg_catalog.pg_stats as s
     where not s.inherited
     group by s.schemaname, s.tablename
), page as (
    select pg_catalog.current_setting('block_size')::numeric as bytes
), estimate as (
    select n.nspname, c.relname, c.relpages * page.bytes as size,
           pg_catalog.ceil(
               c.reltuples * (pg_catalog.ceil(w.header / 8.0) * 8 + pg_catalog.ceil(w.columns / 8) * 8 + 4)
               / ((page.bytes - 24) * coalesce(o.fillfactor, 100) / 100)
           )::numeric * page.bytes as needed
      from pg_catalog.pg_class as c
      join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
      join pg_catalog.pg_am as m on m.oid = c.relam and m.amname = 'heap'
      join width as w on w.schemaname = n.nspname and w.tablename = c.relname
     cross join page
      left join lateral (
           select pg_catalog.max(o.option_value::int) as fillfactor
             from pg_catalog.pg_options_to_table(c.reloptions) as o
            where o.option_name = 'fillfactor'
      ) as o on true
     where c.relkind in ('r', 'm') and c.reltuples >= 0 and n.nspname <> 'information_schema'
)
select pg_catalog.jsonb_build_object('schema', e.nspname, 'name', e.relname, 'type', 'table') as metadata,
       pg_catalog.jsonb_build_object(
           'table', pg_catalog.format('%%I.%%I', e.nspname, e.relname),
           'share', pg_catalog.round(100 * (e.size - e.needed) / e.size),
           'wasted', pg_catalog.pg_size_pretty(e.size - e.needed),
           'size', pg_catalog.pg_size_pretty(e.size)
       ) as told
  from estimate as e
 where e.size - e.needed > 20 * 1024 * 1024
   and e.size - e.needed >= 0.7 * e.size
 order by e.nspname, e.relname

-- name: hidden
-- Tables large enough to be bloated of which there are no statistics, or none that our role may read.
select pg_catalog.format('%%I.%%I', n.nspname, c.relname) || case
           when c.reltuples < 0 then ' was never analyzed'
           else ': its statistics are hidden from our role'
       end as what
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  join pg_catalog.pg_am as m on m.oid = c.relam and m.amname = 'heap'
 where c.relkind in ('r', 'm')
   and c.relpersistence <> 't'
   and n.nspname <> all (%(platform)s)
   and greatest(c.relpages, pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint)
         * pg_catalog.current_setting('block_size')::bigint > 20 * 1024 * 1024
   and (
       c.reltuples < 0
       or not exists (
           select from pg_catalog.pg_stats as s
            where s.schemaname = n.nspname and s.tablename = c.relname and not s.inherited
       )
   )
 order by n.nspname, c.relname
