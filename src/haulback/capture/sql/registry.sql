-- name: keep
-- Times as text in one form: a migration may have set a DateStyle that nothing here can read.
insert into haulback.capture (deployment, keeps, kind, identity, attic_table, detail, rows, checksum)
values (%(deployment)s, %(keeps)s, %(kind)s, %(identity)s, %(attic_table)s, %(detail)s, %(rows)s, %(checksum)s)
returning id, pg_catalog.to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')

-- name: captures
-- All that is kept, in the order in which it was.
select c.id, c.deployment, d.number, c.keeps, c.kind, c.identity, c.attic_table::text, c.detail, c.rows,
       c.checksum::text, c.progress,
       pg_catalog.to_char(c.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')
  from haulback.capture as c
  join haulback.deployment as d on d.id = c.deployment
 where (%(deployment)s::uuid is null or c.deployment = %(deployment)s)
   and (%(id)s::bigint is null or c.id = %(id)s)
 order by c.id

-- name: registered
-- Whether the registry is there at all.
select pg_catalog.to_regclass('haulback.capture') is not null

-- name: lock
-- An erasure that runs at the same time waits here, or we for it: see count.
select from haulback.capture where id = %(id)s for update

-- name: counted
update haulback.capture set rows = %(rows)s, checksum = %(checksum)s where id = %(id)s

-- name: progress
update haulback.capture set progress = progress || %(progress)s where id = %(id)s

-- name: forget
delete from haulback.capture where id = %(id)s

-- name: forget_left_behind
delete from haulback_attic.left_behind where capture = %(id)s

-- name: left_behind
select reason, pg_catalog.count(*) from haulback_attic.left_behind where capture = %(id)s group by 1 order by 1

-- name: size
select coalesce(pg_catalog.sum(pg_catalog.pg_total_relation_size(c.oid)), 0)::bigint
  from pg_catalog.pg_class as c
 where c.relnamespace = pg_catalog.to_regnamespace('haulback_attic') and c.relname = any (%(names)s)

-- name: missing
-- What holds rows by the registry and is not in the attic.
select k.name
  from haulback.capture as c
  cross join lateral (values (c.attic_table::text), (c.detail -> 'after' ->> 'table')) as k (name)
 where c.kind in ('moved table', 'copied table', 'copied columns', 'changed rows') and k.name is not null
   and not exists (select from pg_catalog.pg_class as t
                    where t.relnamespace = pg_catalog.to_regnamespace('haulback_attic') and t.relname = k.name)
 order by 1

-- name: installed
-- Whether the attic is there, with the erasure as this version has it.
select pg_catalog.to_regclass('haulback_attic.left_behind') is not null
   and exists (select from pg_catalog.pg_proc as p
                where p.oid = pg_catalog.to_regprocedure('haulback.erase_user(uuid)') and p.prosrc = %(erasure)s)

-- name: leaks
-- Whatever outside the attic still refers into it. Internal dependencies are parts of the same object.
with inside as (
    select 'pg_catalog.pg_class'::pg_catalog.regclass as class, c.oid, c.relname as name
      from pg_catalog.pg_class as c where c.relnamespace = pg_catalog.to_regnamespace('haulback_attic')
    union all
    select 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, t.typname
      from pg_catalog.pg_type as t where t.typnamespace = pg_catalog.to_regnamespace('haulback_attic')
)
select distinct i.name::text, pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid)
  from inside as i
  join pg_catalog.pg_depend as d on d.refclassid = i.class and d.refobjid = i.oid
  cross join lateral pg_catalog.pg_identify_object(d.classid, d.objid, 0) as o
 where o.identity not like '%haulback_attic.%'
   and d.deptype <> 'i'
   and d.classid <> 'pg_catalog.pg_attrdef'::pg_catalog.regclass
 order by 1, 2
