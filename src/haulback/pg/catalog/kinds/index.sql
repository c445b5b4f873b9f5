-- Indexes that no constraint owns, of tables and materialized views.
SELECT x.tableoid, x.oid, 0, pg_catalog.json_build_object(
    'identity', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(x.relname),
    '_parent', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
    '_parent_kind', CASE WHEN c.relkind = 'm' THEN 'materialized_view' ELSE 'table' END,
    '_name', pg_catalog.quote_ident(x.relname),
    'definition', pg_catalog.pg_get_indexdef(i.indexrelid),
    '_unique', i.indisunique,
    'invalid', NOT i.indisvalid AND x.relkind <> 'I',
    'clustered', i.indisclustered,
    'replica_identity', i.indisreplident,
    'part_of', pg_catalog.quote_ident(un.nspname) || '.' || pg_catalog.quote_ident(u.relname),
    'statistics', CASE WHEN i.indexprs IS NOT NULL THEN (
        SELECT pg_catalog.json_object_agg(a.attnum, a.attstattarget ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0) END,
    'comment', d.description)::text
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_inherits AS h ON h.inhrelid = i.indexrelid
LEFT JOIN pg_catalog.pg_class AS u ON u.oid = h.inhparent
LEFT JOIN pg_catalog.pg_namespace AS un ON un.oid = u.relnamespace
LEFT JOIN pg_catalog.pg_description AS d ON d.classoid = x.tableoid AND d.objoid = x.oid AND d.objsubid = 0
WHERE c.relkind IN ('r', 'p', 'm')
    AND c.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND n.nspname <> ALL (%(leave_out)s)
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_constraint AS k
        WHERE k.conrelid = i.indrelid AND k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = c.tableoid AND e.objid = c.oid AND e.objsubid = 0 AND e.deptype = 'e')
ORDER BY n.nspname, x.relname
