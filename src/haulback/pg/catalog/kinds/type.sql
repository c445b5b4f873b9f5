-- Enums, composite types, ranges and domains.
SELECT t.tableoid, t.oid, 0, pg_catalog.json_build_object(
    'identity', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.typname),
    '_schema', pg_catalog.quote_ident(n.nspname),
    'form', CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'c' THEN 'composite' WHEN 'r' THEN 'range' ELSE 'domain' END,
    'labels', CASE WHEN t.typtype = 'e' THEN (
        SELECT pg_catalog.json_agg(l.enumlabel ORDER BY l.enumsortorder)
        FROM pg_catalog.pg_enum AS l WHERE l.enumtypid = t.oid) END,
    'attributes', CASE WHEN t.typtype = 'c' THEN (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
            'name', pg_catalog.quote_ident(a.attname),
            'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
            'collation', CASE WHEN a.attcollation <> y.typcollation
                THEN a.attcollation::pg_catalog.regcollation::text END,
            'comment', ad.description) ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute AS a
        JOIN pg_catalog.pg_type AS y ON y.oid = a.atttypid
        LEFT JOIN pg_catalog.pg_description AS ad
            ON ad.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND ad.objoid = a.attrelid AND ad.objsubid = a.attnum
        WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) END,
    'range', CASE WHEN t.typtype = 'r' THEN (
        SELECT pg_catalog.json_build_object(
            'subtype', pg_catalog.format_type(g.rngsubtype, NULL),
            'multirange', g.rngmultitypid::pg_catalog.regtype::text,
            'opclass', CASE WHEN NOT o.opcdefault THEN
                pg_catalog.quote_ident(m.nspname) || '.' || pg_catalog.quote_ident(o.opcname) END,
            'collation', CASE WHEN g.rngcollation <> s.typcollation
                THEN g.rngcollation::pg_catalog.regcollation::text END,
            'canonical', NULLIF(g.rngcanonical::pg_catalog.oid, 0)::pg_catalog.regproc::text,
            'difference', NULLIF(g.rngsubdiff::pg_catalog.oid, 0)::pg_catalog.regproc::text)
        FROM pg_catalog.pg_range AS g
        JOIN pg_catalog.pg_type AS s ON s.oid = g.rngsubtype
        JOIN pg_catalog.pg_opclass AS o ON o.oid = g.rngsubopc
        JOIN pg_catalog.pg_namespace AS m ON m.oid = o.opcnamespace
        WHERE g.rngtypid = t.oid) END,
    'base', CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END,
    'collation', CASE WHEN t.typtype = 'd' AND t.typcollation <> b.typcollation
        THEN t.typcollation::pg_catalog.regcollation::text END,
    'default', CASE WHEN t.typtype = 'd'
        THEN COALESCE(pg_catalog.pg_get_expr(t.typdefaultbin, 0), pg_catalog.quote_literal(t.typdefault)) END,
    'not_null', CASE WHEN t.typtype = 'd' THEN t.typnotnull END,
    'constraints', CASE WHEN t.typtype = 'd' THEN (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
            'name', pg_catalog.quote_ident(k.conname),
            'definition', pg_catalog.pg_get_constraintdef(k.oid),
            'comment', kd.description) ORDER BY k.conname)
        FROM pg_catalog.pg_constraint AS k
        LEFT JOIN pg_catalog.pg_description AS kd ON kd.classoid = k.tableoid AND kd.objoid = k.oid
        WHERE k.contypid = t.oid AND k.contype = 'c') END,
    'owner', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(t.typowner)),
    'acl', CASE WHEN t.typacl <> pg_catalog.acldefault('T', t.typowner) THEN t.typacl::text[] END,
    '_default_acl', pg_catalog.acldefault('T', t.typowner)::text[],
    'comment', d.description)::text
FROM pg_catalog.pg_type AS t
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
LEFT JOIN pg_catalog.pg_type AS b ON b.oid = t.typbasetype
LEFT JOIN pg_catalog.pg_description AS d ON d.classoid = t.tableoid AND d.objoid = t.oid AND d.objsubid = 0
WHERE t.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL (%(leave_out)s)
    AND t.typisdefined
    AND (t.typtype IN ('e', 'r', 'd') OR (t.typtype = 'c' AND c.relkind = 'c'))
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = t.tableoid AND e.objid = t.oid AND e.deptype = 'e')
ORDER BY n.nspname, t.typname
