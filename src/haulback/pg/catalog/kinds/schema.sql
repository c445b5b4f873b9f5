-- Schemas: owner, grants, comment.
SELECT n.tableoid, n.oid, 0, pg_catalog.json_build_object(
    'identity', pg_catalog.quote_ident(n.nspname),
    'owner', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(n.nspowner)),
    'acl', CASE WHEN n.nspacl <> pg_catalog.acldefault('n', n.nspowner) THEN n.nspacl::text[] END,
    '_default_acl', pg_catalog.acldefault('n', n.nspowner)::text[],
    'comment', d.description)::text
FROM pg_catalog.pg_namespace AS n
LEFT JOIN pg_catalog.pg_description AS d ON d.classoid = n.tableoid AND d.objoid = n.oid AND d.objsubid = 0
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL (%(leave_out)s)
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = n.tableoid AND e.objid = n.oid AND e.deptype = 'e')
ORDER BY n.nspname
