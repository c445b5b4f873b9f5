-- Operators.
SELECT o.tableoid, o.oid, 0, pg_catalog.json_build_object(
    'identity', o.oid::pg_catalog.regoperator::text,
    '_name', pg_catalog.quote_ident(n.nspname) || '.' || o.oprname,
    'left', CASE WHEN o.oprleft <> 0 THEN pg_catalog.format_type(o.oprleft, NULL) END,
    'right', pg_catalog.format_type(o.oprright, NULL),
    'function', o.oprcode::pg_catalog.regproc::text,
    'commutator', (
        SELECT pg_catalog.quote_ident(m.nspname) || '.' || c.oprname
        FROM pg_catalog.pg_operator AS c JOIN pg_catalog.pg_namespace AS m ON m.oid = c.oprnamespace
        WHERE c.oid = o.oprcom),
    'negator', (
        SELECT pg_catalog.quote_ident(m.nspname) || '.' || c.oprname
        FROM pg_catalog.pg_operator AS c JOIN pg_catalog.pg_namespace AS m ON m.oid = c.oprnamespace
        WHERE c.oid = o.oprnegate),
    'restrict', NULLIF(o.oprrest::pg_catalog.oid, 0)::pg_catalog.regproc::text,
    'join', NULLIF(o.oprjoin::pg_catalog.oid, 0)::pg_catalog.regproc::text,
    'merges', o.oprcanmerge,
    'hashes', o.oprcanhash,
    'owner', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(o.oprowner)),
    'comment', d.description)::text
FROM pg_catalog.pg_operator AS o
JOIN pg_catalog.pg_namespace AS n ON n.oid = o.oprnamespace
LEFT JOIN pg_catalog.pg_description AS d ON d.classoid = o.tableoid AND d.objoid = o.oid AND d.objsubid = 0
WHERE o.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL (%(leave_out)s)
    AND o.oprcode <> 0
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = o.tableoid AND e.objid = o.oid AND e.deptype = 'e')
ORDER BY n.nspname, o.oprname, 4
