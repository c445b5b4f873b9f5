-- Where pg_stat_statements lives, and which of its columns tells the mean time: mean_time until version 1.7 of the
-- extension, mean_exec_time since 1.8 (PostgreSQL 13).
select n.nspname::text,
       (select a.attname::text
          from pg_catalog.pg_attribute as a
         where a.attrelid = c.oid and a.attname in ('mean_exec_time', 'mean_time') and not a.attisdropped)
  from pg_catalog.pg_extension as e
  join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
  join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = 'pg_stat_statements'
 where e.extname = 'pg_stat_statements'
