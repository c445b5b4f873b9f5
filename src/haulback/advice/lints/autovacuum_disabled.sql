-- name: findings
-- Tables that autovacuum leaves out, they or what is stored out of their rows, and the server's own switch.
select pg_catalog.jsonb_build_object('type', 'server') as metadata,
       pg_catalog.jsonb_build_object(
           'what', 'the whole server',
           'how', 'alter system set autovacuum = on; -- then select pg_reload_conf();',
           'where', 'server'
       ) as told,
       '' as nspname,
       '' as relname
 where not pg_catalog.current_setting('autovacuum')::boolean
union all
select pg_catalog.jsonb_build_object('schema', n.nspname, 'name', t.relname, 'type', 'table'),
       pg_catalog.jsonb_build_object(
           'what', part.what || pg_catalog.format('%%I.%%I', n.nspname, t.relname),
           'how', pg_catalog.format('alter table %%I.%%I reset (%%s);', n.nspname, t.relname, part.option),
           'where', n.nspname || '_' || t.relname || part.suffix
       ),
       n.nspname,
       t.relname || part.suffix
  from pg_catalog.pg_class as t
  join pg_catalog.pg_namespace as n on n.oid = t.relnamespace
 cross join lateral (
        values (t.oid, 'table ', 'autovacuum_enabled', ''),
               (t.reltoastrelid, 'the large values of table ', 'toast.autovacuum_enabled', '_toast')
       ) as part(oid, what, option, suffix)
  join pg_catalog.pg_class as c on c.oid = part.oid
 where t.relkind in ('r', 'm')
   and n.nspname <> all (%(platform)s)
   and exists (
       select from pg_catalog.pg_options_to_table(c.reloptions) as o
        where o.option_name = 'autovacuum_enabled' and not o.option_value::boolean
   )
 order by nspname, relname
