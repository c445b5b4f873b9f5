-- Text search dictionaries.
SELECT t.tableoid, t.oid, 0, pg_catalog.json_build_object(
    'identity', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.dictname),
    'template', (
        SELECT pg_catalog.quote_ident(m.nspname) || '.' || pg_catalog.quote_ident(l.tmplname)
        FROM pg_catalog.pg_ts_template AS l JOIN pg_catalog.pg_namespace AS m ON m.oid = l.tmplnamespace
        WHERE l.oid = t.dicttemplate),
    'options', t.dictinitoption,
    'owner', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(t.dictowner)),
    'comment', d.description)::text
FROM pg_catalog.pg_ts_dict AS t
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.dictnamespace
LEFT JOIN pg_catalog.pg_description AS d ON d.classoid = t.tableoid AND d.objoid = t.oid AND d.objsubid = 0
WHERE t.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL (%(leave_out)s)
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = t.tableoid AND e.objid = t.oid AND e.deptype = 'e')
ORDER BY n.nspname, t.dictname
