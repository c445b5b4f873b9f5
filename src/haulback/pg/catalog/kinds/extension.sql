-- Extensions by name and schema. Not the version: hosted servers upgrade it by themselves and a stand-in has
-- its own. Not the owner: no statement can change it. Not the comment: it comes from the control file.
SELECT x.tableoid, x.oid, 0, pg_catalog.json_build_object(
    'identity', pg_catalog.quote_ident(x.extname),
    '_name', x.extname,
    '_schema', n.nspname,
    'schema', pg_catalog.quote_ident(n.nspname))::text
FROM pg_catalog.pg_extension AS x
JOIN pg_catalog.pg_namespace AS n ON n.oid = x.extnamespace
ORDER BY x.extname
