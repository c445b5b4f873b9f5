-- views: what they select, their options, and comments and grants of their columns.
SELECT c.tableoid, c.oid, 0, pg_catalog.json_build_object(
    'identity', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
    'definition', pg_catalog.pg_get_viewdef(c.oid),
    'options', c.reloptions,
    'populated', CASE WHEN c.relkind = 'm' THEN c.relispopulated END,
    'access_method', CASE WHEN m.amname <> 'heap' THEN pg_catalog.quote_ident(m.amname) END,
    'columns', (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
            pg_catalog.quote_ident(a.attname), pg_catalog.format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
    'column_comments', (
        SELECT pg_catalog.json_object_agg(pg_catalog.quote_ident(a.attname), x.description ORDER BY a.attname)
        FROM pg_catalog.pg_description AS x
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = x.objoid AND a.attnum = x.objsubid
        WHERE x.classoid = c.tableoid AND x.objoid = c.oid AND x.objsubid > 0),
    'column_acls', (
        SELECT pg_catalog.json_object_agg(pg_catalog.quote_ident(a.attname), a.attacl::text[] ORDER BY a.attname)
        FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND pg_catalog.cardinality(a.attacl) > 0),
    'owner', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner)),
    'acl', CASE WHEN c.relacl <> pg_catalog.acldefault('r', c.relowner) THEN c.relacl::text[] END,
    '_default_acl', pg_catalog.acldefault('r', c.relowner)::text[],
    'comment', d.description)::text
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
LEFT JOIN pg_catalog.pg_description AS d ON d.classoid = c.tableoid AND d.objoid = c.oid AND d.objsubid = 0
WHERE c.relkind = 'v'
    AND c.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND n.nspname <> ALL (%(leave_out)s)
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = c.tableoid AND e.objid = c.oid AND e.objsubid = 0 AND e.deptype = 'e')
ORDER BY n.nspname, c.relname
