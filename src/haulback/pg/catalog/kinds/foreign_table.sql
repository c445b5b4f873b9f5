-- Foreign tables; their columns are objects of their own.
SELECT c.tableoid, c.oid, 0, pg_catalog.json_build_object(
    'identity', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
    'server', pg_catalog.quote_ident(s.srvname),
    'options', f.ftoptions,
    'owner', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner)),
    'acl', CASE WHEN c.relacl <> pg_catalog.acldefault('r', c.relowner) THEN c.relacl::text[] END,
    '_default_acl', pg_catalog.acldefault('r', c.relowner)::text[],
    'comment', d.description)::text
FROM pg_catalog.pg_foreign_table AS f
JOIN pg_catalog.pg_class AS c ON c.oid = f.ftrelid
JOIN pg_catalog.pg_foreign_server AS s ON s.oid = f.ftserver
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_description AS d ON d.classoid = c.tableoid AND d.objoid = c.oid AND d.objsubid = 0
WHERE c.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL (%(leave_out)s)
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = c.tableoid AND e.objid = c.oid AND e.objsubid = 0 AND e.deptype = 'e')
ORDER BY n.nspname, c.relname
