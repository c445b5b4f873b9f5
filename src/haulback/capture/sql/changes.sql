-- name: family
-- A table with its partitions, however deep; of a partition, the table that it is one of. Children by INHERITS are
-- tables of their own.
with recursive root as (
    select coalesce(nullif(pg_catalog.pg_partition_root(c.oid)::pg_catalog.oid, 0), c.oid) as oid
      from pg_catalog.pg_class as c
     where c.oid = pg_catalog.to_regclass(%(identity)s) and c.relkind in ('r', 'p')
), family as (
    select oid, 0 as depth from root
    union all
    select h.inhrelid, f.depth + 1
      from family as f
      join pg_catalog.pg_class as p on p.oid = f.oid and p.relkind = 'p'
      join pg_catalog.pg_inherits as h on h.inhparent = f.oid
)
select c.oid, n.nspname::text, c.relname::text,
       pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
       c.relkind in ('r', 'p')
  from family as f
  join pg_catalog.pg_class as c on c.oid = f.oid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 order by f.depth, c.oid

-- name: columns
-- The columns that are noted; what is generated follows from the others. Kept as it is where it is a plain value of
-- the server's own types: any other type may go with the migration, and an array aggregates into another shape.
-- Last, whether equality means the same bytes: 1.50 equals 1.5, 30 days equal a month, 0 equals -0.
select a.attnum, a.attname::text, a.atttypid, pg_catalog.format_type(a.atttypid, a.atttypmod),
       t.typnamespace <> 'pg_catalog'::pg_catalog.regnamespace or t.typtype <> 'b' or t.typcategory = 'A',
       a.atttypid = any ('{bool,int2,int4,int8,oid,bytea,date,time,timestamp,timestamptz,uuid,inet,cidr,macaddr,macaddr8,bit,varbit,name,"\"char\"",text,varchar}'::pg_catalog.regtype[])
         and not exists (select from pg_catalog.pg_collation as l
                          where l.oid = a.attcollation and not l.collisdeterministic)
  from pg_catalog.pg_attribute as a
  join pg_catalog.pg_type as t on t.oid = a.atttypid
 where a.attrelid = %(oid)s and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
 order by a.attnum

-- name: key
-- The primary key, else the narrowest other index that tells rows apart at any time.
select array(select a.attname::text
               from pg_catalog.unnest(i.indkey::smallint[]) with ordinality as k (attnum, place)
               join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.attnum
              where k.place <= i.indnkeyatts
              order by k.place)
  from pg_catalog.pg_index as i
 where i.indrelid = %(oid)s and i.indisunique and i.indisvalid and i.indimmediate
   and i.indpred is null and i.indexprs is null
   and not exists (select from pg_catalog.unnest(i.indkey::smallint[]) with ordinality as k (attnum, place)
                     join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.attnum
                    where k.place <= i.indnkeyatts and (not a.attnotnull or a.attgenerated <> ''))
 order by i.indisprimary desc, i.indnkeyatts, i.indexrelid
 limit 1

-- name: trigger
create trigger {trigger} {moment} on {table} {transition} for each statement
  when (pg_catalog.current_setting('haulback.noting', true) = {guard})
  execute function haulback_attic.note_change({arguments})

-- name: always
-- Also where the migration plays replica.
alter table {table} enable always trigger {trigger}

-- name: arguments
select haulback_attic.shape(%(oid)s), haulback_attic.noting(%(oid)s, %(columns)s, %(log)s, %(event)s)

-- name: installed
select pg_catalog.to_regprocedure('haulback_attic.note_change()') is not null

-- name: triggers
-- Our triggers, with what tells whether somebody touched them since.
select t.tgname::text, t.tgrelid, pg_catalog.format('%%s %%s', t.xmin, t.tgenabled),
       pg_catalog.format('drop trigger %%I on %%I.%%I', t.tgname, n.nspname, c.relname)
  from pg_catalog.pg_trigger as t
  join pg_catalog.pg_class as c on c.oid = t.tgrelid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where t.tgname ~ %(pattern)s and not t.tgisinternal
 order by t.tgrelid, t.tgname

-- name: tables
-- Every table that there is, by object id.
select c.oid
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where c.relkind = 'r' and c.relpersistence <> 't'
   and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'haulback', 'haulback_attic', 'supabase_migrations')
 order by c.oid

-- name: counters
-- How many rows of each table the open transaction wrote so far, the file that its rows lie in, what a person calls
-- it, and the table that a partition is one of, with what a person calls that.
select s.relid, s.n_tup_ins + s.n_tup_upd + s.n_tup_del, pg_catalog.pg_relation_filenode(s.relid)::bigint,
       pg_catalog.quote_ident(s.schemaname) || '.' || pg_catalog.quote_ident(s.relname), r.oid,
       pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(r.relname)
  from pg_catalog.pg_stat_xact_user_tables as s
  join pg_catalog.pg_class as r
    on r.oid = coalesce(nullif(pg_catalog.pg_partition_root(s.relid)::pg_catalog.oid, 0), s.relid)
  join pg_catalog.pg_namespace as n on n.oid = r.relnamespace
 where s.schemaname not in ('haulback', 'haulback_attic', 'supabase_migrations')

-- name: suspects
-- The tables behind object ids: whether they belong to an extension, whether they inherit without being a partition,
-- and whether they hold nothing.
select c.oid,
       exists (select from pg_catalog.pg_depend as d
                where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e'),
       not c.relispartition and exists (select from pg_catalog.pg_inherits as h where h.inhrelid = c.oid),
       pg_catalog.pg_relation_size(c.oid) = 0
  from pg_catalog.pg_class as c
 where c.oid = any (%(oids)s) and c.relkind = 'r' and c.relpersistence <> 't'
 order by c.oid

-- name: shapes
-- What of a table may be a reason to write it anew: columns, their types and what computes them, and where it lies.
select c.oid, pg_catalog.format('%%s %%s %%s', c.relpersistence, c.relam, c.reltablespace) || coalesce((
         select pg_catalog.string_agg(pg_catalog.format('%%s/%%s/%%s/%%s/%%s', a.attnum, a.atttypid, a.atttypmod,
                  a.attcollation, case when a.attgenerated <> '' then pg_catalog.pg_get_expr(d.adbin, d.adrelid) end),
                ' ' order by a.attnum)
           from pg_catalog.pg_attribute as a
           left join pg_catalog.pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
          where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '')
  from pg_catalog.pg_class as c
 where c.oid = any (%(oids)s) and c.relkind = 'r'

-- name: of_log
-- How many rows the open transaction noted of one table, and how many are noted in all.
select pg_catalog.count(*) filter (where l.haulback_xact = pg_catalog.pg_current_xact_id()), pg_catalog.count(*)
  from {log} as l

-- name: truncated
-- Whether a TRUNCATE of the open transaction was noted, and the note taken out again.
delete from {log} as l where l.haulback_event = 't' returning 1

-- name: forget_noted
delete from {log} as l where l.haulback_xact = pg_catalog.pg_current_xact_id()

-- name: followers
-- Tables whose rows follow by a foreign key when those of the tables named are deleted or get another key.
with recursive found as (
    select pg_catalog.to_regclass(i)::pg_catalog.oid as oid
      from pg_catalog.unnest(%(identities)s::text[]) as i where pg_catalog.to_regclass(i) is not null
    union
    select f.conrelid
      from found
      join pg_catalog.pg_constraint as f
        on f.confrelid = found.oid and f.contype = 'f' and (f.confdeltype in ('c', 'n', 'd') or f.confupdtype in ('c', 'n', 'd'))
     where f.conparentid = 0
)
select distinct pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
  from found
  join pg_catalog.pg_class as c on c.oid = found.oid and not c.relispartition
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 order by 1
