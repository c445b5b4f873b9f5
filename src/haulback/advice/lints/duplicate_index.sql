-- name: findings
-- Indexes of one table that agree in everything that the catalog says of them but for name and place.
select pg_catalog.jsonb_build_object(
           'schema', n.nspname, 'name', t.relname,
           'type', case t.relkind when 'm' then 'materialized view' else 'table' end,
           'indexes', pg_catalog.array_agg(c.relname order by c.relname)
       ) as metadata,
       pg_catalog.jsonb_build_object(
           'table', pg_catalog.format('%%I.%%I', n.nspname, t.relname),
           'listed', pg_catalog.array_agg(c.relname order by c.relname)::text
       ) as told
  from pg_catalog.pg_index as i
  join pg_catalog.pg_class as c on c.oid = i.indexrelid
  join pg_catalog.pg_class as t on t.oid = i.indrelid
  join pg_catalog.pg_namespace as n on n.oid = t.relnamespace
 where t.relkind in ('r', 'm')
   and t.relpersistence <> 't'
   and n.nspname <> all (%(platform)s)
   and not exists (
       select from pg_catalog.pg_depend as d
        where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = t.oid and d.deptype = 'e'
   )
 group by n.nspname, t.relname, t.relkind, i.indrelid, c.relam, c.reloptions, i.indnatts, i.indnkeyatts, i.indisunique,
          i.indnullsnotdistinct, i.indisexclusion, i.indimmediate, i.indkey, i.indcollation, i.indclass, i.indoption,
          pg_catalog.pg_get_expr(i.indexprs, i.indrelid), pg_catalog.pg_get_expr(i.indpred, i.indrelid)
having pg_catalog.count(*) > 1
 order by n.nspname, t.relname, pg_catalog.min(c.relname)
