-- name: resolve
-- Tables by identity with all their partitions, parents before children.
with recursive found as (
    select pg_catalog.to_regclass(i)::pg_catalog.oid as oid, 0 as depth
      from pg_catalog.unnest(%(identities)s::text[]) as i
    union
    select h.inhrelid, f.depth + 1
      from found as f
      join pg_catalog.pg_class as p on p.oid = f.oid and p.relkind = 'p'
      join pg_catalog.pg_inherits as h on h.inhparent = f.oid
)
select c.oid, n.nspname::text, c.relname::text,
       pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
       (select h.inhparent from pg_catalog.pg_inherits as h
         where h.inhrelid = c.oid and c.relispartition and h.inhparent in (select oid from found))
  from (select oid, pg_catalog.max(depth) as depth from found group by oid) as f
  join pg_catalog.pg_class as c on c.oid = f.oid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 order by f.depth, c.oid

-- name: describe
-- What giving the rows back needs to know of a table.
select pg_catalog.jsonb_build_object(
    'owner', pg_catalog.pg_get_userbyid(c.relowner),
    'acl', c.relacl::text[],
    'key', coalesce((
        -- The primary key, else the narrowest other index that tells rows apart at any time.
        select pg_catalog.jsonb_agg(a.attname order by k.place)
          from (select i.indkey, i.indnkeyatts
                  from pg_catalog.pg_index as i
                 where i.indrelid = c.oid
                   and (i.indisprimary
                        or i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null and i.indexprs is null
                           and not exists (
                             select from pg_catalog.unnest(i.indkey::smallint[]) with ordinality as k (attnum, place)
                               join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.attnum
                              where k.place <= i.indnkeyatts and (not a.attnotnull or a.attgenerated <> '')))
                 order by i.indisprimary desc, i.indnkeyatts, i.indexrelid
                 limit 1) as i
          cross join lateral pg_catalog.unnest(i.indkey::smallint[]) with ordinality as k (attnum, place)
          join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum = k.attnum
         where k.place <= i.indnkeyatts), '[]'),
    'columns', coalesce((
        select pg_catalog.jsonb_agg(a.attname order by a.attnum)
          from pg_catalog.pg_attribute as a
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '[]'),
    'user_columns', coalesce((
        select pg_catalog.jsonb_agg(distinct a.attname order by a.attname)
          from pg_catalog.pg_constraint as f
          join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum = f.conkey[1]
          join pg_catalog.pg_class as u on u.oid = f.confrelid and u.relname = 'users'
          join pg_catalog.pg_namespace as un on un.oid = u.relnamespace and un.nspname = 'auth'
         where f.conrelid = c.oid and f.contype = 'f' and pg_catalog.cardinality(f.conkey) = 1), '[]'),
    'parents', coalesce((
        select pg_catalog.jsonb_agg(distinct pg_catalog.format('%%I.%%I', pn.nspname, p.relname))
          from pg_catalog.pg_constraint as f
          join pg_catalog.pg_class as p on p.oid = f.confrelid
          join pg_catalog.pg_namespace as pn on pn.oid = p.relnamespace
         where f.conrelid = c.oid and f.contype = 'f'), '[]'),
    'foreign_keys', coalesce((
        select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                   'name', f.conname, 'checked', f.convalidated, 'schema', pn.nspname, 'parent', p.relname,
                   'columns', (select pg_catalog.jsonb_agg(a.attname order by k.place)
                                 from pg_catalog.unnest(f.conkey) with ordinality as k (attnum, place)
                                 join pg_catalog.pg_attribute as a on a.attrelid = f.conrelid and a.attnum = k.attnum),
                   'referenced', (select pg_catalog.jsonb_agg(a.attname order by k.place)
                                    from pg_catalog.unnest(f.confkey) with ordinality as k (attnum, place)
                                    join pg_catalog.pg_attribute as a
                                      on a.attrelid = f.confrelid and a.attnum = k.attnum)) order by f.conname)
          from pg_catalog.pg_constraint as f
          join pg_catalog.pg_class as p on p.oid = f.confrelid
          join pg_catalog.pg_namespace as pn on pn.oid = p.relnamespace
         where f.conrelid = c.oid and f.contype = 'f' and f.conparentid = 0), '[]'),
    'indexes', coalesce((
        select pg_catalog.jsonb_agg(x.relname order by x.relname)
          from pg_catalog.pg_index as i join pg_catalog.pg_class as x on x.oid = i.indexrelid
         where i.indrelid = c.oid), '[]'))
  from pg_catalog.pg_class as c
 where c.oid = %(oid)s

-- name: hold
-- One statement locks all, so that a deadlock cannot come from our own order.
select pg_catalog.format('lock table %%s in access exclusive mode',
    pg_catalog.string_agg(pg_catalog.format('%%I.%%I', n.nspname, c.relname), ', ' order by c.oid))
  from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where c.oid = any (%(oids)s)

-- name: part
-- Leaving parents that stay: a partition is detached, a child no longer inherits, a typed table forgets its type.
select case when c.relispartition
            then pg_catalog.format('alter table %%I.%%I detach partition %%I.%%I', pn.nspname, p.relname,
                                   n.nspname, c.relname)
            else pg_catalog.format('alter table %%I.%%I no inherit %%I.%%I', n.nspname, c.relname,
                                   pn.nspname, p.relname) end,
       null::text
  from pg_catalog.pg_inherits as h
  join pg_catalog.pg_class as c on c.oid = h.inhrelid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  join pg_catalog.pg_class as p on p.oid = h.inhparent
  join pg_catalog.pg_namespace as pn on pn.oid = p.relnamespace
 where p.relkind in ('r', 'p')
   and ((h.inhrelid = any (%(oids)s)) <> (h.inhparent = any (%(oids)s)))
union all
select pg_catalog.format('alter table %%I.%%I not of', n.nspname, c.relname), null
  from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where c.oid = any (%(oids)s) and c.reloftype <> 0

-- name: strip
-- What would leak out of the attic, block the application or block the rollback: (statement, what it was).
-- Partitions inherit most of it: only what is a table's own is named, and it goes from the partitions with it.
with mine as (
    select c.oid, pg_catalog.format('%%I.%%I', n.nspname, c.relname) as name, c.relrowsecurity,
           c.relforcerowsecurity, c.relacl, c.relowner
      from pg_catalog.pg_class as c
      join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
     where c.oid = any (%(oids)s)
)
select s.statement, s.was
  from (
    -- Foreign keys both ways: an outgoing one blocks deletes in the parent, an incoming one lets in nothing.
    select 1 as step, f.oid, pg_catalog.format('alter table %%I.%%I drop constraint %%I', n.nspname, c.relname, f.conname)
               as statement, pg_catalog.pg_get_constraintdef(f.oid) as was
      from pg_catalog.pg_constraint as f
      join pg_catalog.pg_class as c on c.oid = f.conrelid
      join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
     where f.contype = 'f' and f.conparentid = 0
       and (f.conrelid = any (%(oids)s) or f.confrelid = any (%(oids)s))
    union all
    select 2, p.oid, pg_catalog.format('drop policy %%I on %%s', p.polname, m.name),
           coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), '')
               || coalesce(' with check ' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), '')
      from pg_catalog.pg_policy as p join mine as m on m.oid = p.polrelid
    union all
    select 3, t.oid, pg_catalog.format('drop trigger %%I on %%s', t.tgname, m.name), pg_catalog.pg_get_triggerdef(t.oid)
      from pg_catalog.pg_trigger as t join mine as m on m.oid = t.tgrelid
     where not t.tgisinternal and t.tgparentid = 0
    union all
    select 4, r.oid, pg_catalog.format('drop rule %%I on %%s', r.rulename, m.name), pg_catalog.pg_get_ruledef(r.oid)
      from pg_catalog.pg_rewrite as r join mine as m on m.oid = r.ev_class
     where r.rulename <> '_RETURN'
    union all
    select 5, r.oid, pg_catalog.format('alter publication %%I drop table %%s', p.pubname, m.name),
           pg_catalog.pg_get_expr(r.prqual, r.prrelid)
      from pg_catalog.pg_publication_rel as r
      join pg_catalog.pg_publication as p on p.oid = r.prpubid
      join mine as m on m.oid = r.prrelid
    union all
    -- They would stay in the old schema under their old name.
    select 6, s.oid, pg_catalog.format('drop statistics %%I.%%I', n.nspname, s.stxname),
           pg_catalog.pg_get_statisticsobjdef(s.oid)
      from pg_catalog.pg_statistic_ext as s
      join pg_catalog.pg_namespace as n on n.oid = s.stxnamespace
      join mine as m on m.oid = s.stxrelid
    union all
    -- Defaults and generated columns can hold on to functions and sequences that go.
    select 7, d.oid, pg_catalog.format('alter table %%s alter column %%I drop default', m.name, a.attname),
           pg_catalog.pg_get_expr(d.adbin, d.adrelid)
      from pg_catalog.pg_attrdef as d
      join pg_catalog.pg_attribute as a on a.attrelid = d.adrelid and a.attnum = d.adnum
      join mine as m on m.oid = d.adrelid
     where a.attgenerated = ''
    union all
    select 8, d.oid, pg_catalog.format('alter table %%s alter column %%I drop expression if exists', m.name, a.attname),
           pg_catalog.pg_get_expr(d.adbin, d.adrelid)
      from pg_catalog.pg_attrdef as d
      join pg_catalog.pg_attribute as a on a.attrelid = d.adrelid and a.attnum = d.adnum
      join mine as m on m.oid = d.adrelid
     where a.attgenerated = 's' and a.attinhcount = 0
       -- A table that comes back itself could not be given the expression again without losing its place.
       and not %(returns)s
    union all
    -- Checks that call functions; the others may stay, they hold for every row.
    select 9, k.oid, pg_catalog.format('alter table %%s drop constraint %%I', m.name, k.conname),
           pg_catalog.pg_get_constraintdef(k.oid)
      from pg_catalog.pg_constraint as k
      join mine as m on m.oid = k.conrelid
     where k.contype = 'c' and k.coninhcount = 0
       and exists (
           select from pg_catalog.pg_depend as d
            where d.classid = k.tableoid and d.objid = k.oid
              and d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.refobjid >= 16384)
    union all
    -- Indexes that call functions, but for those of a partition: they go with the root's.
    select 10, i.indexrelid, pg_catalog.format('drop index %%I.%%I', n.nspname, x.relname),
           pg_catalog.pg_get_indexdef(i.indexrelid)
      from pg_catalog.pg_index as i
      join pg_catalog.pg_class as x on x.oid = i.indexrelid
      join pg_catalog.pg_namespace as n on n.oid = x.relnamespace
      join mine as m on m.oid = i.indrelid
     where not x.relispartition
       and exists (
           select from pg_catalog.pg_depend as d
            where d.classid = x.tableoid and d.objid = x.oid
              and d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.refobjid >= 16384)
       and not exists (select from pg_catalog.pg_constraint as k where k.conindid = i.indexrelid)
    union all
    select 11, m.oid, pg_catalog.format('revoke all on table %%s from %%s cascade', m.name, g.role), null
      from mine as m
      cross join lateral (
          select distinct case when e.grantee = 0 then 'public'
                               else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.grantee)) end as role
            from (
                select x.grantee from pg_catalog.aclexplode(m.relacl) as x
                union all
                select x.grantee
                  from pg_catalog.pg_attribute as a
                  cross join lateral pg_catalog.aclexplode(a.attacl) as x
                 where a.attrelid = m.oid) as e
           where e.grantee <> m.relowner) as g
    union all
    select 12, m.oid, pg_catalog.format('alter table %%s disable row level security, no force row level security', m.name),
           null
      from mine as m where m.relrowsecurity or m.relforcerowsecurity
  ) as s
 order by s.step, s.oid

-- name: sequences
-- Sequences that live with the tables, and those named, with what is granted on them.
select c.oid, n.nspname::text, c.relname::text,
       pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
       d.refobjid, a.attname::text, coalesce(d.deptype = 'i', false),
       array(
           select distinct case when e.grantee = 0 then 'public'
                                else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.grantee)) end
             from pg_catalog.aclexplode(c.relacl) as e where e.grantee <> c.relowner)
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  left join pg_catalog.pg_depend as d
    on d.classid = c.tableoid and d.objid = c.oid and d.deptype in ('a', 'i') and d.refclassid = c.tableoid
   and d.refobjsubid > 0
  left join pg_catalog.pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
 where c.relkind = 'S'
   and (d.refobjid = any (%(oids)s)
        or c.oid in (select pg_catalog.to_regclass(i) from pg_catalog.unnest(%(identities)s::text[]) as i))
 order by c.oid

-- name: indexes
-- To be renamed before the table changes its schema: names in the attic are from many deployments.
select x.oid, n.nspname::text, x.relname::text
  from pg_catalog.pg_index as i
  join pg_catalog.pg_class as x on x.oid = i.indexrelid
  join pg_catalog.pg_namespace as n on n.oid = x.relnamespace
 where i.indrelid = any (%(oids)s)
 order by x.oid

-- name: types
-- Of the types named, those that columns of these tables need, whatever lies in between (arrays, domains, ranges,
-- attributes of composite types).
with recursive used as (
    select a.atttypid as oid
      from pg_catalog.pg_attribute as a
     where a.attrelid = any (%(oids)s) and a.attnum > 0 and not a.attisdropped
    union
    select n.oid
      from used as u
      join pg_catalog.pg_type as t on t.oid = u.oid
      cross join lateral (
          select t.typelem as oid where t.typelem <> 0
          union all select t.typbasetype where t.typbasetype <> 0
          union all select r.rngsubtype from pg_catalog.pg_range as r where t.oid in (r.rngtypid, r.rngmultitypid)
          union all select r.rngtypid from pg_catalog.pg_range as r where r.rngmultitypid = t.oid
          union all select a.atttypid from pg_catalog.pg_attribute as a
                     where a.attrelid = t.typrelid and t.typtype = 'c' and a.attnum > 0 and not a.attisdropped
      ) as n
)
select t.oid, n.nspname::text, t.typname::text,
       pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.typname), t.typtype::text
  from pg_catalog.pg_type as t
  join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
 where t.oid in (select oid from used)
   and t.oid in (select pg_catalog.to_regtype(i) from pg_catalog.unnest(%(identities)s::text[]) as i)
 order by t.oid

-- name: attic_oids
select c.oid from pg_catalog.pg_class as c
 where c.relnamespace = 'haulback_attic'::pg_catalog.regnamespace and c.relname = any (%(names)s)
