-- name: findings
-- Extensions in the schema public, but for the language that every database has.
select pg_catalog.jsonb_build_object('schema', n.nspname, 'name', e.extname, 'type', 'extension') as metadata,
       pg_catalog.jsonb_build_object(
           'functions', (
               select pg_catalog.count(*)
                 from pg_catalog.pg_depend as d
                where d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.refobjid = e.oid
                  and d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.deptype = 'e'
           ),
           'how', case
               when e.extrelocatable
               then pg_catalog.format('alter extension %%I set schema extensions;', e.extname)
               else 'It cannot be moved: drop it, and create it with schema extensions.'
           end
       ) as told
  from pg_catalog.pg_extension as e
  join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
 where n.nspname = 'public' and e.extname <> 'plpgsql'
 order by e.extname
