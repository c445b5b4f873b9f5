-- Publications with their tables, column lists, row filters and schemas.
SELECT p.tableoid, p.oid, 0, pg_catalog.json_build_object(
    'identity', pg_catalog.quote_ident(p.pubname),
    'all_tables', p.puballtables,
    'publish', pg_catalog.concat_ws(
        ', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
        CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END),
    'via_root', p.pubviaroot,
    'generated_columns', NULLIF(pg_catalog.to_jsonb(p) ->> 'pubgencols', 'n'),
    'tables', (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
            'name', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
            'columns', (
                SELECT pg_catalog.json_agg(pg_catalog.quote_ident(a.attname) ORDER BY a.attnum)
                FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)),
            'where', pg_catalog.pg_get_expr(r.prqual, r.prrelid)) ORDER BY n.nspname, c.relname)
        FROM pg_catalog.pg_publication_rel AS r
        JOIN pg_catalog.pg_class AS c ON c.oid = r.prrelid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE r.prpubid = p.oid AND n.nspname <> ALL (%(leave_out)s)),
    'schemas', (
        SELECT pg_catalog.json_agg(pg_catalog.quote_ident(n.nspname) ORDER BY n.nspname)
        FROM pg_catalog.pg_publication_namespace AS s
        JOIN pg_catalog.pg_namespace AS n ON n.oid = s.pnnspid
        WHERE s.pnpubid = p.oid),
    'owner', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(p.pubowner)),
    'comment', d.description)::text
FROM pg_catalog.pg_publication AS p
LEFT JOIN pg_catalog.pg_description AS d ON d.classoid = p.tableoid AND d.objoid = p.oid AND d.objsubid = 0
ORDER BY p.pubname
