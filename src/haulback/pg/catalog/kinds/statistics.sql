-- Extended statistics. PostgreSQL 17 writes "no target" as null, earlier ones as -1.
SELECT s.tableoid, s.oid, 0, pg_catalog.json_build_object(
    'identity', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(s.stxname),
    '_parent', pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(c.relname),
    '_parent_kind', CASE c.relkind WHEN 'm' THEN 'materialized_view' WHEN 'f' THEN 'foreign_table' ELSE 'table' END,
    'definition', pg_catalog.pg_get_statisticsobjdef(s.oid),
    'target', NULLIF(s.stxstattarget, -1),
    'owner', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(s.stxowner)),
    'comment', d.description)::text
FROM pg_catalog.pg_statistic_ext AS s
JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace
JOIN pg_catalog.pg_class AS c ON c.oid = s.stxrelid
JOIN pg_catalog.pg_namespace AS cn ON cn.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_description AS d ON d.classoid = s.tableoid AND d.objoid = s.oid AND d.objsubid = 0
WHERE s.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL (%(leave_out)s)
ORDER BY n.nspname, s.stxname
