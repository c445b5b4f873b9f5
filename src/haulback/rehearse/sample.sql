-- name: tables
-- Ordinary tables that hold rows, with their insertable columns. Haulback's own schemas are left out.
select n.nspname::text, c.relname::text,
       array(select a.attname::text from pg_catalog.pg_attribute as a
              where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
              order by a.attnum)
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where c.relkind = 'r'
   and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   and n.nspname not in ('haulback', 'haulback_attic', 'supabase_migrations')
   and not exists (select from pg_catalog.pg_depend as d
                    where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
   and pg_catalog.pg_relation_size(c.oid) > 0
   -- COPY takes no empty list of columns.
   and exists (select from pg_catalog.pg_attribute as a
                where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '')
   and pg_catalog.has_schema_privilege(n.oid, 'usage')
 order by 1, 2;

-- name: references
-- Foreign keys of one table: the parent and the columns on both sides.
select pn.nspname::text, p.relname::text,
       array(select a.attname::text
               from pg_catalog.unnest(k.conkey) with ordinality as u (attnum, place)
               join pg_catalog.pg_attribute as a on a.attrelid = k.conrelid and a.attnum = u.attnum
              order by u.place),
       array(select a.attname::text
               from pg_catalog.unnest(k.confkey) with ordinality as u (attnum, place)
               join pg_catalog.pg_attribute as a on a.attrelid = k.confrelid and a.attnum = u.attnum
              order by u.place)
  from pg_catalog.pg_constraint as k
  join pg_catalog.pg_class as c on c.oid = k.conrelid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  join pg_catalog.pg_class as p on p.oid = k.confrelid
  join pg_catalog.pg_namespace as pn on pn.oid = p.relnamespace
 where k.contype = 'f' and n.nspname = %(schema)s and c.relname = %(table)s
 order by k.conname;
