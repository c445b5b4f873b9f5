-- Defaults of columns, also of views' columns; what generated columns compute belongs to the column.
SELECT f.tableoid, f.oid, 0, pg_catalog.json_build_object(
    'identity', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) || '.'
        || pg_catalog.quote_ident(a.attname),
    '_column', pg_catalog.quote_ident(a.attname),
    '_parent', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
    '_parent_kind', CASE c.relkind WHEN 'v' THEN 'view' WHEN 'f' THEN 'foreign_table' ELSE 'table' END,
    'expression', pg_catalog.pg_get_expr(f.adbin, f.adrelid))::text
FROM pg_catalog.pg_attrdef AS f
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
JOIN pg_catalog.pg_class AS c ON c.oid = f.adrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE a.attgenerated = ''
    AND c.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND n.nspname <> ALL (%(leave_out)s)
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = c.tableoid AND e.objid = c.oid AND e.objsubid = 0 AND e.deptype = 'e')
ORDER BY f.adrelid, f.adnum
