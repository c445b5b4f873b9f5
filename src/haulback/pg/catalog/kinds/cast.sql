-- Casts made by users; those between a range and its multirange come with the range.
SELECT c.tableoid, c.oid, 0, pg_catalog.json_build_object(
    'identity', '(' || pg_catalog.format_type(c.castsource, NULL) || ' AS '
        || pg_catalog.format_type(c.casttarget, NULL) || ')',
    'function', NULLIF(c.castfunc, 0)::pg_catalog.regprocedure::text,
    'context', c.castcontext,
    'method', c.castmethod,
    'comment', d.description)::text
FROM pg_catalog.pg_cast AS c
LEFT JOIN pg_catalog.pg_description AS d ON d.classoid = c.tableoid AND d.objoid = c.oid AND d.objsubid = 0
WHERE c.oid >= 16384
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = c.tableoid AND e.objid = c.oid AND e.deptype IN ('e', 'i'))
ORDER BY 4
