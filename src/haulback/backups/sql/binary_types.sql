-- Whether the columns that are copied of a table have types whose binary form means the same on every server and major:
-- built-in ones whose number never changes and that hold no number of another object, arrays and ranges of them, enums,
-- which travel by their labels, and domains over any of these. Left out are types whose values are numbers of objects
-- (regclass and its kin); composites, and arrays and ranges of a user's types, whose binary form holds the number of the
-- type; types of extensions, which may write it otherwise in another version; xml, which is converted; and tsquery,
-- int2vector and oidvector, which do not read back what they write of an empty value.
with recursive type_of (column_number, oid) as (
  select a.attnum, a.atttypid
    from pg_catalog.pg_attribute as a
   where a.attrelid = %(oid)s and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  union all
  select d.column_number, t.typbasetype
    from type_of as d
    join pg_catalog.pg_type as t on t.oid = d.oid
   where t.typtype = 'd'
),
built_in (oid, array_oid) as (
  select t.oid, t.typarray
    from pg_catalog.pg_type as t
   where t.oid < 10000  -- given by hand, the same for ever
     and t.typname = any (array[
       'bool', 'bytea', 'char', 'name', 'text', 'bpchar', 'varchar', 'json', 'jsonb', 'jsonpath', 'uuid',
       'int2', 'int4', 'int8', 'float4', 'float8', 'numeric', 'money', 'bit', 'varbit',
       'date', 'time', 'timetz', 'timestamp', 'timestamptz', 'interval',
       'inet', 'cidr', 'macaddr', 'macaddr8', 'tsvector',
       'point', 'line', 'lseg', 'box', 'path', 'polygon', 'circle',
       'oid', 'xid', 'xid8', 'cid', 'tid', 'pg_lsn', 'pg_snapshot', 'txid_snapshot', 'refcursor',
       'int4range', 'int8range', 'numrange', 'daterange', 'tsrange', 'tstzrange',
       'int4multirange', 'int8multirange', 'nummultirange', 'datemultirange', 'tsmultirange', 'tstzmultirange'
     ]::pg_catalog.name[])
)
select coalesce(pg_catalog.bool_and(
         t.typtype = 'e'
         or exists (select from built_in as b where t.oid in (b.oid, b.array_oid))
       ), true)
  from type_of as o
  join pg_catalog.pg_type as t on t.oid = o.oid
 where t.typtype <> 'd'
