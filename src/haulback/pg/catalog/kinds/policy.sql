-- Row-level security policies; PUBLIC is role 0.
SELECT p.tableoid, p.oid, 0, pg_catalog.json_build_object(
    'identity', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) || '.'
        || pg_catalog.quote_ident(p.polname),
    '_parent', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
    '_parent_kind', 'table',
    '_name', pg_catalog.quote_ident(p.polname),
    'command', p.polcmd,
    'permissive', p.polpermissive,
    'roles', (
        SELECT pg_catalog.json_agg(CASE WHEN o.oid = 0 THEN 'PUBLIC'
            ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(o.oid)) END
            ORDER BY pg_catalog.pg_get_userbyid(o.oid) COLLATE "C")
        FROM pg_catalog.unnest(p.polroles) AS o (oid)),
    'using', pg_catalog.pg_get_expr(p.polqual, p.polrelid),
    'check', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid),
    'comment', d.description)::text
FROM pg_catalog.pg_policy AS p
JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_description AS d ON d.classoid = p.tableoid AND d.objoid = p.oid AND d.objsubid = 0
WHERE c.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL (%(leave_out)s)
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = c.tableoid AND e.objid = c.oid AND e.objsubid = 0 AND e.deptype = 'e')
ORDER BY n.nspname, c.relname, p.polname
