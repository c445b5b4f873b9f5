-- name: table
-- The columns of a copy that tell its rows apart and that were converted, and no rows.
create table {made} as select {columns} from {copy} as o with no data

-- name: converted
-- The server assigns a generated value as ALTER COLUMN TYPE assigns what it converts, and refuses an expression that
-- it does not call immutable.
alter table {made} add column {value} {type} generated always as ({expression}) stored

-- name: is_certain
-- Whether what a table computes follows from its rows alone, for good: nothing of it but the server's own (what is
-- pinned leaves no dependency), no collation (another one comes with another C library), and no value of a type whose
-- text or reading a setting changes, be it called immutable as it may.
select not exists (select from pg_catalog.pg_depend as p
                    where p.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and p.objid = any (f.oids)
                      and p.refobjid <> %(oid)s)
   and not f.trees ~ ':inputcollid [1-9]'
   and not exists (select from pg_catalog.regexp_matches(f.trees, ':\w*type\w* (\d+)', 'g') as m (found)
                    where m.found[1]::pg_catalog.oid >= 16
                      and m.found[1]::pg_catalog.oid
                          <> all ('{bool,int2,int4,int8,numeric,text,varchar,uuid,json,jsonb,unknown}'::pg_catalog.regtype[]))
  from (select pg_catalog.array_agg(d.oid) as oids, pg_catalog.string_agg(d.adbin::pg_catalog.text, ' ') as trees
          from pg_catalog.pg_attrdef as d where d.adrelid = %(oid)s) as f

-- name: compute
insert into {made} ({columns}) select {columns} from {copy} as o {some}

-- name: is_as_computed
select not exists (select from {made} as m join {table} as t on {matches} where {differs})

-- name: empty
truncate {made}

-- name: settle
alter table {made} alter column {value} drop expression, drop column {column}

-- name: rename
alter table {made} rename column {value} to {column}
