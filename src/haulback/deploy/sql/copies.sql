-- name: signature
-- Of the table that has the object id, or else the name; of the columns by their numbers, or else their names. The
-- names of the key are in it, for the triggers of a copy know the key by them.
select c.oid::text || ':' || coalesce((
         select pg_catalog.string_agg(a.attnum || '/' || a.atttypid || '/' || a.atttypmod, ',' order by a.attnum)
           from pg_catalog.pg_attribute as a
          where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            and (a.attname = any (%(columns)s::text[]) or a.attnum = any (%(numbers)s::int[]))), '')
       || ':' || coalesce((
         select pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ',' order by k.place)
           from pg_catalog.pg_index as i
          cross join lateral pg_catalog.unnest(i.indkey::smallint[]) with ordinality as k (attnum, place)
           join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.attnum
          where i.indrelid = c.oid and i.indisprimary), '')
       || case when %(emptied)s then ':' || coalesce(pg_catalog.pg_relation_filenode(c.oid), 0) else '' end
  from pg_catalog.pg_class as c
 where c.oid = coalesce(%(oid)s::bigint::pg_catalog.oid, pg_catalog.to_regclass(%(identity)s));

-- name: names
-- How a table is called now, and each of its columns by number.
select pg_catalog.format('%%I.%%I', n.nspname, c.relname),
       coalesce((select pg_catalog.jsonb_object_agg(a.attnum, pg_catalog.quote_ident(a.attname))
                   from pg_catalog.pg_attribute as a
                  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '{}')
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where c.oid = %(oid)s::bigint::pg_catalog.oid;
