-- name: surface
-- Tables, columns and functions of exposed schemas, and whether the role may use them. What an API never lists
-- (partitions, trigger functions, functions with arguments that have no name) is left out.
with asking as (
    select r.oid from pg_catalog.pg_roles as r where r.rolname = %(role)s
), exposed as (
    select n.oid, n.nspname, pg_catalog.has_schema_privilege(a.oid, n.oid, 'USAGE') as usable, a.oid as role_oid
      from pg_catalog.pg_namespace as n
     cross join asking as a
     where n.nspname = any (%(schemas)s)
), relations as (
    select c.oid, e.nspname, c.relname,
           e.usable and (pg_catalog.has_table_privilege(e.role_oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE')
                         or pg_catalog.has_any_column_privilege(e.role_oid, c.oid, 'SELECT, INSERT, UPDATE'))
             as usable
      from pg_catalog.pg_class as c
      join exposed as e on e.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
)
select 'table' as kind, r.nspname::text as schema, r.relname::text as name, '' as attribute, r.usable
  from relations as r
union all
select 'column', r.nspname::text, r.relname::text, a.attname::text, r.usable
  from relations as r
  join pg_catalog.pg_attribute as a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
union all
select 'function', e.nspname::text, p.proname::text, '',
       pg_catalog.bool_or(e.usable and pg_catalog.has_function_privilege(e.role_oid, p.oid, 'EXECUTE')
                          and p.prorettype <> all ('{trigger,event_trigger}'::pg_catalog.regtype[]::pg_catalog.oid[])
                          and (p.pronargs = 0 or '' <> all (coalesce(p.proargnames, '{""}'))))
  from pg_catalog.pg_proc as p
  join exposed as e on e.oid = p.pronamespace
 where p.prokind = 'f'
 group by e.nspname, p.proname
 order by 1, 2, 3, 4

-- name: table
-- One table as a row for it is made up: what kind it is, and what might be set off by a write.
select c.oid, c.relkind::text, c.relrowsecurity,
       exists (select from pg_catalog.pg_rewrite as w where w.ev_class = c.oid and c.relkind in ('r', 'p')) as ruled
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where n.nspname = %(schema)s and c.relname = %(table)s

-- name: columns
select a.attnum, a.attname::text, a.attnotnull or t.typnotnull as required, a.atthasdef as filled,
       a.attidentity::text as identity, a.attgenerated::text as generated,
       coalesce(e.typname, b.typname, t.typname)::text as type, coalesce(b.typtype, t.typtype)::text as kind,
       coalesce(b.typcategory, t.typcategory)::text as category,
       case when t.typname in ('varchar', 'bpchar') and a.atttypmod > 4 then a.atttypmod - 4 end as length,
       (select pg_catalog.min(l.enumlabel::text) from pg_catalog.pg_enum as l
         where l.enumtypid = coalesce(b.oid, t.oid)) as label
  from pg_catalog.pg_attribute as a
  join pg_catalog.pg_type as t on t.oid = a.atttypid
  left join pg_catalog.pg_type as b on b.oid = t.typbasetype and t.typtype = 'd'
  left join pg_catalog.pg_type as e on e.oid = b.typbasetype and b.typtype = 'd'
 where a.attrelid = %(oid)s and a.attnum > 0 and not a.attisdropped
 order by a.attnum

-- name: keys
-- The columns of the primary key, else of a unique key of columns that are never null.
select pg_catalog.array_agg(a.attname::text order by k.place)
  from pg_catalog.pg_index as i
 cross join pg_catalog.unnest(i.indkey) with ordinality as k(attnum, place)
  join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.attnum
 where i.indrelid = %(oid)s and i.indisunique and i.indpred is null and i.indexprs is null and i.indisvalid
   and k.place <= i.indnkeyatts
 group by i.indexrelid, i.indisprimary
having i.indisprimary or pg_catalog.bool_and(a.attnotnull)
 order by i.indisprimary desc, i.indexrelid
 limit 1

-- name: references
-- Foreign keys: the columns, the table that they refer to, and its columns.
select (select pg_catalog.array_agg(a.attname::text order by k.place)
          from pg_catalog.unnest(f.conkey) with ordinality as k(attnum, place)
          join pg_catalog.pg_attribute as a on a.attrelid = f.conrelid and a.attnum = k.attnum) as columns,
       n.nspname::text as schema, r.relname::text as name,
       (select pg_catalog.array_agg(a.attname::text order by k.place)
          from pg_catalog.unnest(f.confkey) with ordinality as k(attnum, place)
          join pg_catalog.pg_attribute as a on a.attrelid = f.confrelid and a.attnum = k.attnum) as referred
  from pg_catalog.pg_constraint as f
  join pg_catalog.pg_class as r on r.oid = f.confrelid
  join pg_catalog.pg_namespace as n on n.oid = r.relnamespace
 where f.conrelid = %(oid)s and f.contype = 'f' and f.conparentid = 0
 order by f.oid

-- name: checks
-- Check constraints of the table and of its columns' domains: what they are called, on which columns, and their text.
select k.conname::text, pg_catalog.array_agg(a.attname::text order by a.attnum),
       pg_catalog.pg_get_constraintdef(k.oid)
  from pg_catalog.pg_constraint as k
  join pg_catalog.pg_attribute as a on a.attrelid = k.conrelid and a.attnum = any (k.conkey)
 where k.conrelid = %(oid)s and k.contype = 'c'
 group by k.oid, k.conname
 union all
select k.conname::text, array[a.attname::text], pg_catalog.pg_get_constraintdef(k.oid)
  from pg_catalog.pg_attribute as a
  join pg_catalog.pg_constraint as k on k.contypid = a.atttypid
 where a.attrelid = %(oid)s and a.attnum > 0 and not a.attisdropped and k.contype = 'c'
 order by 1

-- name: triggers
-- What a write sets off, on the table and its partitions: each trigger with the text of its function. Those of
-- foreign keys are PostgreSQL's own.
select distinct g.tgname::text, l.lanname::text, f.prosrc::text
  from pg_catalog.pg_trigger as g
  join pg_catalog.pg_proc as f on f.oid = g.tgfoid
  join pg_catalog.pg_language as l on l.oid = f.prolang
 where not g.tgisinternal and g.tgenabled <> 'D'
   and (g.tgrelid = %(oid)s or g.tgrelid in (select t.relid from pg_catalog.pg_partition_tree(%(oid)s) as t))
   and not (f.proname in ('tsvector_update_trigger', 'suppress_redundant_updates_trigger')
            and f.pronamespace = 'pg_catalog'::pg_catalog.regnamespace)
 order by 1, 2, 3

-- name: volatile
-- Functions, outside PostgreSQL's own, that may do more than compute.
select distinct p.proname::text
  from pg_catalog.pg_proc as p
  join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
 where p.provolatile = 'v' and n.nspname not in ('pg_catalog', 'information_schema')
 order by 1

-- name: following
-- Tables each of whose rows belongs to a row of this one and goes with it, and that set nothing off themselves.
select distinct n.nspname::text, c.relname::text
  from pg_catalog.pg_constraint as f
  join pg_catalog.pg_class as c on c.oid = f.conrelid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum = f.conkey[1] and a.attnotnull
 where f.confrelid = %(oid)s and f.contype = 'f' and f.confdeltype = 'c' and pg_catalog.cardinality(f.conkey) = 1
   and not exists (select from pg_catalog.pg_trigger as g where g.tgrelid = c.oid and not g.tgisinternal)
   and not exists (select from pg_catalog.pg_rewrite as w where w.ev_class = c.oid)
 order by 1, 2

-- name: sent
-- Tables of the publication that Realtime listens to, whose inserts it is told of, and whether they have a primary key.
select t.schemaname::text, t.tablename::text,
       exists (select from pg_catalog.pg_index as i where i.indrelid = c.oid and i.indisprimary)
  from pg_catalog.pg_publication as p
  join pg_catalog.pg_publication_tables as t on t.pubname = p.pubname
  join pg_catalog.pg_namespace as n on n.nspname = t.schemaname
  join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = t.tablename
 where p.pubname = 'supabase_realtime' and p.pubinsert
 order by 1, 2

-- name: views
-- The views among relations, and all that read one of them, whatever lies between.
with recursive reading as (
    select c.oid
      from rows from (pg_catalog.unnest(%(schemas)s::text[]), pg_catalog.unnest(%(names)s::text[])) as t(schema, name)
      join pg_catalog.pg_namespace as n on n.nspname = t.schema
      join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = t.name
     union
    select w.ev_class
      from reading as r
      join pg_catalog.pg_depend as d on d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = r.oid
                                    and d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
      join pg_catalog.pg_rewrite as w on w.oid = d.objid
)
select n.nspname::text, c.relname::text
  from reading as r
  join pg_catalog.pg_class as c on c.oid = r.oid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where c.relkind in ('v', 'm')
 order by 1, 2

-- name: view
-- A view, and those of its columns whose values are written alike whatever the settings of a session.
select pg_catalog.array_agg(a.attname::text order by a.attnum) filter (
           where t.typname in ('bool', 'int2', 'int4', 'int8', 'text', 'varchar', 'uuid')
             and t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace)
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  join pg_catalog.pg_type as t on t.oid = a.atttypid
 where n.nspname = %(schema)s and c.relname = %(name)s and c.relkind in ('v', 'm')
 group by c.oid

-- name: calls
-- Functions of a name that need no argument: whether each says that it only computes or reads, whether its one value is
-- written alike whatever the settings of a session and whatever the request, its language and its text.
select p.provolatile <> 'v' as safe,
       not p.proretset and p.proargmodes is null and t.typname in ('bool', 'int2', 'int4', 'int8', 'text', 'varchar', 'uuid')
           and t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace
           and pg_catalog.strpos(written.text, 'request.') = 0 as comparable,
       l.lanname::text, written.text
  from pg_catalog.pg_proc as p
  join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
  join pg_catalog.pg_type as t on t.oid = p.prorettype
  join pg_catalog.pg_language as l on l.oid = p.prolang
 cross join lateral (select coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc) as text) as written
 where n.nspname = %(schema)s and p.proname = %(name)s and p.prokind = 'f' and p.pronargs = p.pronargdefaults
   and t.typname not in ('trigger', 'event_trigger')
   and (t.typname <> 'record' or p.proargmodes is not null)
   and (p.pronargs = 0 or '' <> all (coalesce(p.proargnames, '{""}')))
 order by p.oid

-- name: acting
-- Functions that may do more than compute: of PostgreSQL's own those, too, that wait, lock, send, end sessions or leave
-- a session set otherwise, which a transaction that only reads may do.
select distinct p.proname::text
  from pg_catalog.pg_proc as p
  join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
 where p.provolatile = 'v' and n.nspname <> 'information_schema'
   and (n.nspname <> 'pg_catalog'
        or p.proname <> all ('{clock_timestamp,currval,gen_random_uuid,lastval,random,random_normal,timeofday,uuidv4,uuidv7}'))
 order by 1

-- name: called
-- Functions of these names (in lower case) that somebody wrote: what an extension brings in C is as it says.
select p.oid::text, l.lanname::text, coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc)
  from pg_catalog.pg_proc as p
  join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
  join pg_catalog.pg_language as l on l.oid = p.prolang
 where n.nspname not in ('pg_catalog', 'information_schema') and l.lanname not in ('c', 'internal')
   and pg_catalog.lower(p.proname) = any (%(names)s)
 order by p.oid

-- name: callable
-- Whether there is a function of a name that an API can call at all.
select exists (
    select
      from pg_catalog.pg_proc as p
      join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
     where n.nspname = %(schema)s and p.proname = %(name)s and p.prokind = 'f'
       and p.prorettype <> all ('{trigger,event_trigger}'::pg_catalog.regtype[]::pg_catalog.oid[])
)
