-- Roles of the cluster without the predefined ones; passwords are not visible and not kept.
SELECT 'pg_catalog.pg_authid'::pg_catalog.regclass::pg_catalog.oid, r.oid, 0, pg_catalog.json_build_object(
    'identity', pg_catalog.quote_ident(r.rolname),
    'superuser', r.rolsuper,
    'inherit', r.rolinherit,
    'createrole', r.rolcreaterole,
    'createdb', r.rolcreatedb,
    'login', r.rolcanlogin,
    'replication', r.rolreplication,
    'bypassrls', r.rolbypassrls,
    'connection_limit', NULLIF(r.rolconnlimit, -1),
    'valid_until', r.rolvaliduntil,
    'comment', d.description)::text
FROM pg_catalog.pg_roles AS r
LEFT JOIN pg_catalog.pg_shdescription AS d
    ON d.classoid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND d.objoid = r.oid
WHERE r.rolname !~ '^pg_'
ORDER BY r.rolname
