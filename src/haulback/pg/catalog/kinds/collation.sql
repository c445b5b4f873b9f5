-- Collations made by users. What the server calls the locale of ICU depends on its version.
SELECT c.tableoid, c.oid, 0, pg_catalog.json_build_object(
    'identity', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.collname),
    'provider', c.collprovider,
    'deterministic', c.collisdeterministic,
    'locale', COALESCE(a.every ->> 'colllocale', a.every ->> 'colliculocale'),
    'collate', c.collcollate,
    'type', c.collctype,
    'rules', a.every ->> 'collicurules',
    'owner', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.collowner)),
    'comment', d.description)::text
FROM pg_catalog.pg_collation AS c
CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(c.*) AS every) AS a
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
LEFT JOIN pg_catalog.pg_description AS d ON d.classoid = c.tableoid AND d.objoid = c.oid AND d.objsubid = 0
WHERE c.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL (%(leave_out)s)
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = c.tableoid AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY n.nspname, c.collname
