-- name: columns
-- Columns of a live table that can be written, with their types and whether they have values of their own.
select a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attgenerated <> '', a.attidentity <> ''
  from pg_catalog.pg_attribute as a
 where a.attrelid = %(oid)s and a.attnum > 0 and not a.attisdropped
 order by a.attnum

-- name: table
select c.oid, n.nspname::text, c.relname::text, c.relkind::text
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where c.oid = pg_catalog.to_regclass(%(identity)s) and c.relkind in ('r', 'p')

-- name: keyed
-- Tables without a primary key that have another index which tells rows apart at any time.
select pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'haulback', 'haulback_attic')
   and not exists (select from pg_catalog.pg_index as i where i.indrelid = c.oid and i.indisprimary)
   and exists (
     select from pg_catalog.pg_index as i
      where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indimmediate
        and i.indpred is null and i.indexprs is null
        and not exists (select from pg_catalog.unnest(i.indkey::smallint[]) with ordinality as k (attnum, place)
                          join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.attnum
                         where k.place <= i.indnkeyatts and (not a.attnotnull or a.attgenerated <> '')))
 order by 1

-- name: kept
select c.oid, n.nspname::text, c.relname::text, c.relkind::text
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where n.nspname = 'haulback_attic' and c.relname = %(name)s

-- name: leaves
-- Where the rows of a table in the attic lie, with the pages they take.
select n.nspname::text, c.relname::text,
       (pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint)::bigint
  from pg_catalog.pg_partition_tree(%(oid)s::pg_catalog.oid::pg_catalog.regclass) as t
  join pg_catalog.pg_class as c on c.oid = t.relid and c.relkind = 'r'
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
union
select n.nspname::text, c.relname::text,
       (pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint)::bigint
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where c.oid = %(oid)s and c.relkind = 'r'
 order by 1, 2

-- name: parents
-- What rows of a live table must find: the foreign keys, each with its columns and those it leads to.
select n.nspname::text, p.relname::text, p.oid,
       array(select a.attname::text
               from pg_catalog.unnest(f.conkey) with ordinality as k (attnum, place)
               join pg_catalog.pg_attribute as a on a.attrelid = f.conrelid and a.attnum = k.attnum
              order by k.place),
       array(select a.attname::text
               from pg_catalog.unnest(f.confkey) with ordinality as k (attnum, place)
               join pg_catalog.pg_attribute as a on a.attrelid = f.confrelid and a.attnum = k.attnum
              order by k.place)
  from pg_catalog.pg_constraint as f
  join pg_catalog.pg_class as p on p.oid = f.confrelid
  join pg_catalog.pg_namespace as n on n.oid = p.relnamespace
 where f.conrelid = %(oid)s and f.contype = 'f' and f.conparentid = 0
 order by f.conname

-- name: honours_erasure
select pg_catalog.to_regprocedure('public.is_erased(uuid)') is not null

-- name: triggers
-- The users' triggers of a table that may fire, with how they are enabled.
select t.tgname::text, t.tgenabled::text
  from pg_catalog.pg_trigger as t
 where t.tgrelid = %(oid)s and not t.tgisinternal and t.tgenabled <> 'D'
 order by t.tgname

-- name: limits
-- How long a short transaction of ours may wait for a lock, and what it may not be thinned out by. The last one is
-- for triggers that keep erased users out: they leave such rows out instead of failing. Values that are kept as text
-- were written in the words of `canonical`. Without jit: ruling out a sequential scan makes a statement look dear, and
-- compiling it takes a hundred times as long as running it.
select pg_catalog.set_config('lock_timeout', %(lock_timeout)s, true),
       pg_catalog.set_config('jit', 'off', true),
       pg_catalog.set_config('row_security', 'off', true),
       pg_catalog.set_config('haulback.erased_rows', 'skip', true),
       pg_catalog.set_config('haulback.filling', '1', true),
       pg_catalog.set_config('datestyle', 'ISO, YMD', true), pg_catalog.set_config('timezone', 'UTC', true),
       pg_catalog.set_config('intervalstyle', 'postgres', true),
       pg_catalog.set_config('extra_float_digits', '1', true), pg_catalog.set_config('bytea_output', 'hex', true),
       pg_catalog.set_config('xmloption', 'content', true)

-- name: added_values
select a.attname::text, (a.attmissingval::text::text[])[1]
  from pg_catalog.pg_attribute as a
 where a.attrelid = %(oid)s and a.attnum > 0 and not a.attisdropped and a.atthasmissing

-- name: preferences
select p.name, pg_catalog.current_setting(p.name)
  from pg_catalog.unnest(array['datestyle', 'timezone', 'intervalstyle', 'extra_float_digits', 'bytea_output',
                               'xmloption', 'row_security']) as p (name)

-- name: prefer
select pg_catalog.set_config(p.key, p.value, true) from pg_catalog.jsonb_each_text(%(was)s) as p

-- name: canonical
-- Every value in one text whatever the session prefers, so that a checksum means the same tomorrow.
select pg_catalog.set_config('datestyle', 'ISO, YMD', true), pg_catalog.set_config('timezone', 'UTC', true),
       pg_catalog.set_config('intervalstyle', 'postgres', true),
       pg_catalog.set_config('extra_float_digits', '1', true), pg_catalog.set_config('bytea_output', 'hex', true),
       pg_catalog.set_config('xmloption', 'content', true), pg_catalog.set_config('row_security', 'off', true)
