-- What is there and not modelled: found, and said, rather than missed.
SELECT u.kind, u.identity
FROM (
    SELECT c.tableoid, c.oid, c.connamespace AS namespace, 'conversion' AS kind, c.conname::text AS identity
    FROM pg_catalog.pg_conversion AS c WHERE c.oid >= 16384
    UNION ALL
    SELECT c.tableoid, c.oid, c.opcnamespace, 'operator class', c.opcname::text
    FROM pg_catalog.pg_opclass AS c WHERE c.oid >= 16384
    UNION ALL
    SELECT c.tableoid, c.oid, c.opfnamespace, 'operator family', c.opfname::text
    FROM pg_catalog.pg_opfamily AS c WHERE c.oid >= 16384
    UNION ALL
    SELECT c.tableoid, c.oid, c.prsnamespace, 'text search parser', c.prsname::text
    FROM pg_catalog.pg_ts_parser AS c WHERE c.oid >= 16384
    UNION ALL
    SELECT c.tableoid, c.oid, c.tmplnamespace, 'text search template', c.tmplname::text
    FROM pg_catalog.pg_ts_template AS c WHERE c.oid >= 16384
    UNION ALL
    SELECT c.tableoid, c.oid, c.typnamespace, 'base type', c.typname::text
    FROM pg_catalog.pg_type AS c
    WHERE c.oid >= 16384 AND (NOT c.typisdefined OR (c.typtype = 'b' AND c.typcategory <> 'A'))
    UNION ALL
    SELECT c.tableoid, c.oid, 0, 'language', c.lanname::text
    FROM pg_catalog.pg_language AS c WHERE c.oid >= 16384
    UNION ALL
    SELECT c.tableoid, c.oid, 0, 'access method', c.amname::text
    FROM pg_catalog.pg_am AS c WHERE c.oid >= 16384
    UNION ALL
    SELECT c.tableoid, c.oid, 0, 'transform', c.oid::text
    FROM pg_catalog.pg_transform AS c
    UNION ALL
    SELECT 0, s.oid, 0, 'subscription', s.subname::text
    FROM pg_catalog.pg_subscription AS s
    WHERE s.subdbid = (
        SELECT b.oid FROM pg_catalog.pg_database AS b WHERE b.datname = pg_catalog.current_database())
    UNION ALL
    SELECT 0, m.umid, 0, 'user mapping', pg_catalog.concat(m.usename, ' on ', m.srvname)
    FROM pg_catalog.pg_user_mappings AS m
    UNION ALL
    SELECT 0, l.objoid, 0, 'security label', pg_catalog.concat(l.provider, ' on ', l.objoid)
    FROM pg_catalog.pg_seclabel AS l
) AS u
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = u.namespace
WHERE (n.nspname IS NULL OR (
        n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL (%(leave_out)s)))
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = u.tableoid AND e.objid = u.oid AND e.deptype = 'e')
ORDER BY u.kind, u.identity
