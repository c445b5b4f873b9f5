-- Sequences and their options; not their position, which is a value and no part of the schema.
SELECT c.tableoid, c.oid, 0, pg_catalog.json_build_object(
    'identity', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
    'unlogged', c.relpersistence = 'u',
    'type', pg_catalog.format_type(s.seqtypid, NULL),
    'start', s.seqstart,
    'increment', s.seqincrement,
    'minimum', s.seqmin,
    'maximum', s.seqmax,
    'cache', s.seqcache,
    'cycle', s.seqcycle,
    'identity_column', w.deptype = 'i',
    'owned_by', pg_catalog.quote_ident(wn.nspname) || '.' || pg_catalog.quote_ident(wc.relname) || '.'
        || pg_catalog.quote_ident(wa.attname),
    'owner', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner)),
    'acl', CASE WHEN c.relacl <> pg_catalog.acldefault('s', c.relowner) THEN c.relacl::text[] END,
    '_default_acl', pg_catalog.acldefault('s', c.relowner)::text[],
    'comment', d.description)::text
FROM pg_catalog.pg_sequence AS s
JOIN pg_catalog.pg_class AS c ON c.oid = s.seqrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_depend AS w
    ON w.classid = c.tableoid AND w.objid = c.oid AND w.objsubid = 0 AND w.deptype IN ('a', 'i')
    AND w.refclassid = c.tableoid AND w.refobjsubid > 0
LEFT JOIN pg_catalog.pg_class AS wc ON wc.oid = w.refobjid
LEFT JOIN pg_catalog.pg_namespace AS wn ON wn.oid = wc.relnamespace
LEFT JOIN pg_catalog.pg_attribute AS wa ON wa.attrelid = w.refobjid AND wa.attnum = w.refobjsubid
LEFT JOIN pg_catalog.pg_description AS d ON d.classoid = c.tableoid AND d.objoid = c.oid AND d.objsubid = 0
WHERE c.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL (%(leave_out)s)
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = c.tableoid AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY n.nspname, c.relname
