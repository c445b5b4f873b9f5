-- What a target has: extensions, schemas, the roles of the API, tables of the platform, and what PostgREST is told
-- to serve by a setting of its login role.
select array(select e.extname::text from pg_catalog.pg_extension as e order by 1),
       array(select n.nspname::text from pg_catalog.pg_namespace as n order by 1),
       array(select r.rolname::text from pg_catalog.pg_roles as r where r.rolname = any (%(roles)s) order by 1),
       array(select n.nspname || '.' || c.relname
               from pg_catalog.pg_class as c
               join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
              where n.nspname in ('auth', 'storage') and c.relkind in ('r', 'p')
              order by 1),
       array(select pg_catalog.split_part(g.setting, '=', 2)
               from pg_catalog.pg_db_role_setting as s
               join pg_catalog.pg_roles as r on r.oid = s.setrole and r.rolname = 'authenticator'
               left join pg_catalog.pg_database as d on d.oid = s.setdatabase
              cross join lateral pg_catalog.unnest(s.setconfig) as g(setting)
              where pg_catalog.starts_with(g.setting, 'pgrst.db_schemas=')
                and (s.setdatabase = 0 or d.datname = pg_catalog.current_database())
              order by s.setdatabase desc, 1)
