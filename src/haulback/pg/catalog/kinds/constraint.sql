-- Constraints of tables: primary key, unique, exclusion, check, foreign key. Those that a table only inherits, and
-- a partition's copies of a foreign key, come with their parent's.
SELECT k.tableoid, k.oid, 0, pg_catalog.json_build_object(
    'identity', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) || '.'
        || pg_catalog.quote_ident(k.conname),
    '_parent', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
    '_parent_kind', CASE WHEN c.relkind = 'f' THEN 'foreign_table' ELSE 'table' END,
    '_name', pg_catalog.quote_ident(k.conname),
    '_only', c.relkind = 'p' AND k.contype IN ('p', 'u', 'x'),
    'type', k.contype,
    'definition', pg_catalog.pg_get_constraintdef(k.oid),
    'clustered', i.indisclustered,
    'replica_identity', i.indisreplident,
    '_index', pg_catalog.quote_ident(xn.nspname) || '.' || pg_catalog.quote_ident(x.relname),
    'part_of', pg_catalog.quote_ident(un.nspname) || '.' || pg_catalog.quote_ident(u.relname),
    'index_comment', xd.description,
    'comment', d.description)::text
FROM pg_catalog.pg_constraint AS k
JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_index AS i ON k.contype IN ('p', 'u', 'x') AND i.indexrelid = k.conindid
LEFT JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
LEFT JOIN pg_catalog.pg_namespace AS xn ON xn.oid = x.relnamespace
LEFT JOIN pg_catalog.pg_inherits AS h ON h.inhrelid = i.indexrelid
LEFT JOIN pg_catalog.pg_class AS u ON u.oid = h.inhparent
LEFT JOIN pg_catalog.pg_namespace AS un ON un.oid = u.relnamespace
LEFT JOIN pg_catalog.pg_description AS d ON d.classoid = k.tableoid AND d.objoid = k.oid AND d.objsubid = 0
LEFT JOIN pg_catalog.pg_description AS xd ON xd.classoid = x.tableoid AND xd.objoid = x.oid AND xd.objsubid = 0
WHERE k.contype IN ('p', 'u', 'x', 'c', 'f')
    AND (k.conislocal OR k.contype IN ('p', 'u', 'x'))
    AND (k.contype <> 'f' OR k.conparentid = 0)
    AND c.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND n.nspname <> ALL (%(leave_out)s)
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = c.tableoid AND e.objid = c.oid AND e.objsubid = 0 AND e.deptype = 'e')
ORDER BY n.nspname, c.relname, k.conname
