-- Tables and partitioned tables; their columns, constraints and indexes are objects of their own.
SELECT c.tableoid, c.oid, 0, pg_catalog.json_build_object(
    'identity', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
    'unlogged', c.relpersistence = 'u',
    'access_method', CASE WHEN m.amname <> 'heap' THEN pg_catalog.quote_ident(m.amname) END,
    'partition_key', CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END,
    'bound', CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END,
    'parents', (
        SELECT pg_catalog.json_agg(pg_catalog.quote_ident(pn.nspname) || '.' || pg_catalog.quote_ident(p.relname)
            ORDER BY i.inhseqno)
        FROM pg_catalog.pg_inherits AS i
        JOIN pg_catalog.pg_class AS p ON p.oid = i.inhparent
        JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
        WHERE i.inhrelid = c.oid),
    'of_type', NULLIF(c.reloftype, 0)::pg_catalog.regtype::text,
    'options', NULLIF(
        c.reloptions || ARRAY(SELECT 'toast.' || x FROM pg_catalog.unnest(s.reloptions) AS x), '{}'),
    'replica_identity', CASE c.relreplident WHEN 'f' THEN 'full' WHEN 'n' THEN 'nothing' WHEN 'i' THEN 'index' END,
    'row_security', c.relrowsecurity,
    'force_row_security', c.relforcerowsecurity,
    'owner', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner)),
    'acl', CASE WHEN c.relacl <> pg_catalog.acldefault('r', c.relowner) THEN c.relacl::text[] END,
    '_default_acl', pg_catalog.acldefault('r', c.relowner)::text[],
    'comment', d.description)::text
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
LEFT JOIN pg_catalog.pg_class AS s ON s.oid = c.reltoastrelid
LEFT JOIN pg_catalog.pg_description AS d ON d.classoid = c.tableoid AND d.objoid = c.oid AND d.objsubid = 0
WHERE c.relkind IN ('r', 'p')
    AND c.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND n.nspname <> ALL (%(leave_out)s)
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = c.tableoid AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY n.nspname, c.relname
