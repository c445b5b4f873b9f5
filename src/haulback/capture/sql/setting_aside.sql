-- name: named
-- What names mean in this session; one that means nothing is left out.
select distinct pg_catalog.to_regclass(n)::pg_catalog.oid
  from pg_catalog.unnest(%(names)s::text[]) as n
 where pg_catalog.to_regclass(n) is not null
 order by 1

-- name: unfit
-- Why a table cannot be moved by this role, or as it is now; null where it can.
select case
         when not pg_catalog.has_schema_privilege('haulback_attic', 'create')
           or not pg_catalog.pg_has_role(c.relowner, 'usage')
         then 'the migration acts as a role that may not move it'
         when exists (select from pg_catalog.pg_trigger as t
                       where t.tgrelid = c.oid and t.tgname ~ '^haulback_')
         then 'its rows are watched'
       end
  from pg_catalog.pg_class as c
 where c.oid = %(oid)s

-- name: objects
-- Every object of the database that is not the server's own: there is none that nothing is known to need.
select distinct d.classid::bigint, d.objid::bigint, d.objsubid
  from pg_catalog.pg_depend as d
 where d.objid >= 16384

-- name: outside
-- Of the objects given, those that are still there and not a part of what lies in the attic: what a person calls it,
-- and the statement that takes it away with all that is made of it; null where it goes with another.
with given as (
    select g.class, g.oid, g.sub
      from rows from (pg_catalog.unnest(%(classes)s::bigint[]), pg_catalog.unnest(%(oids)s::bigint[]),
                      pg_catalog.unnest(%(subs)s::int[])) as g (class, oid, sub)
     where exists (select from pg_catalog.pg_depend as d
                    where d.classid = g.class::pg_catalog.oid and d.objid = g.oid::pg_catalog.oid and d.objsubid = g.sub)
), attic as (
    select n.oid from pg_catalog.pg_namespace as n where n.nspname in ('haulback_attic', 'pg_toast')
), found as (
    select g.*, 'relation' as sort, c.relnamespace in (select oid from attic) as inside,
           case when g.sub > 0 then null
                when c.relkind = 'v' then pg_catalog.format('drop view if exists %%I.%%I cascade', n.nspname, c.relname)
                when c.relkind = 'm' then
                    pg_catalog.format('drop materialized view if exists %%I.%%I cascade', n.nspname, c.relname)
           end as statement
      from given as g
      join pg_catalog.pg_class as c on g.class = 'pg_catalog.pg_class'::pg_catalog.regclass and c.oid = g.oid
      join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    union all
    select g.*, 'type', t.typnamespace in (select oid from attic), null
      from given as g
      join pg_catalog.pg_type as t on g.class = 'pg_catalog.pg_type'::pg_catalog.regclass and t.oid = g.oid
    union all
    select g.*, 'routine', false,
           pg_catalog.format('drop routine if exists %%I.%%I(%%s) cascade', n.nspname, p.proname,
                             pg_catalog.pg_get_function_identity_arguments(p.oid))
      from given as g
      join pg_catalog.pg_proc as p on g.class = 'pg_catalog.pg_proc'::pg_catalog.regclass and p.oid = g.oid
      join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    union all
    select g.*, 'constraint', c.relnamespace in (select oid from attic),
           pg_catalog.format('alter table if exists %%I.%%I drop constraint if exists %%I cascade',
                             n.nspname, c.relname, k.conname)
      from given as g
      join pg_catalog.pg_constraint as k
        on g.class = 'pg_catalog.pg_constraint'::pg_catalog.regclass and k.oid = g.oid
      join pg_catalog.pg_class as c on c.oid = k.conrelid
      join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    union all
    select g.*, 'policy', false,
           pg_catalog.format('drop policy if exists %%I on %%I.%%I', p.polname, n.nspname, c.relname)
      from given as g
      join pg_catalog.pg_policy as p on g.class = 'pg_catalog.pg_policy'::pg_catalog.regclass and p.oid = g.oid
      join pg_catalog.pg_class as c on c.oid = p.polrelid
      join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    union all
    select g.*, 'rule', c.relnamespace in (select oid from attic),
           case when r.rulename <> '_RETURN'
                then pg_catalog.format('drop rule if exists %%I on %%I.%%I', r.rulename, n.nspname, c.relname) end
      from given as g
      join pg_catalog.pg_rewrite as r on g.class = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and r.oid = g.oid
      join pg_catalog.pg_class as c on c.oid = r.ev_class
      join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    union all
    select g.*, 'trigger', c.relnamespace in (select oid from attic),
           case when not t.tgisinternal
                then pg_catalog.format('drop trigger if exists %%I on %%I.%%I', t.tgname, n.nspname, c.relname) end
      from given as g
      join pg_catalog.pg_trigger as t on g.class = 'pg_catalog.pg_trigger'::pg_catalog.regclass and t.oid = g.oid
      join pg_catalog.pg_class as c on c.oid = t.tgrelid
      join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    union all
    select g.*, 'default', c.relnamespace in (select oid from attic),
           case when a.attgenerated = ''
                then pg_catalog.format('alter table if exists %%I.%%I alter column %%I drop default',
                                       n.nspname, c.relname, a.attname) end
      from given as g
      join pg_catalog.pg_attrdef as d on g.class = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and d.oid = g.oid
      join pg_catalog.pg_class as c on c.oid = d.adrelid
      join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
      join pg_catalog.pg_attribute as a on a.attrelid = d.adrelid and a.attnum = d.adnum
    union all
    select g.*, 'other', false, null
      from given as g
     where g.class::pg_catalog.oid not in ('pg_catalog.pg_class'::pg_catalog.regclass,
                                           'pg_catalog.pg_type'::pg_catalog.regclass,
                                           'pg_catalog.pg_proc'::pg_catalog.regclass,
                                           'pg_catalog.pg_constraint'::pg_catalog.regclass,
                                           'pg_catalog.pg_policy'::pg_catalog.regclass,
                                           'pg_catalog.pg_rewrite'::pg_catalog.regclass,
                                           'pg_catalog.pg_trigger'::pg_catalog.regclass,
                                           'pg_catalog.pg_attrdef'::pg_catalog.regclass)
)
select pg_catalog.pg_describe_object(f.class::pg_catalog.oid, f.oid::pg_catalog.oid, f.sub), f.statement
  from found as f
 where not f.inside
 order by f.sort, f.oid, f.sub
