-- name: signature
select c.oid::text || ':' || coalesce((
         select pg_catalog.string_agg(a.attnum || '/' || a.atttypid || '/' || a.atttypmod, ',' order by a.attname)
           from pg_catalog.pg_attribute as a
          where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            and a.attname = any (%(columns)s::text[])), '')
       || case when %(emptied)s then ':' || coalesce(pg_catalog.pg_relation_filenode(c.oid), 0) else '' end
  from pg_catalog.pg_class as c
 where c.oid = pg_catalog.to_regclass(%(identity)s);
