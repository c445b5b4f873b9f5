-- Settings kept by ALTER ROLE and ALTER DATABASE, one object a variable.
SELECT s.tableoid, s.setdatabase, s.setrole::pg_catalog.int8, pg_catalog.json_build_object(
    'identity', pg_catalog.concat_ws(
        ' ', 'role ' || pg_catalog.quote_ident(r.rolname), CASE WHEN s.setdatabase <> 0 THEN 'database' END,
        v.name),
    'role', pg_catalog.quote_ident(r.rolname),
    'in_database', s.setdatabase <> 0,
    '_database', pg_catalog.quote_ident(pg_catalog.current_database()),
    'name', v.name,
    'value', v.value)::text
FROM pg_catalog.pg_db_role_setting AS s
LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
CROSS JOIN LATERAL (
    SELECT
        pg_catalog.split_part(c, '=', 1) AS name,
        pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1) AS value
    FROM pg_catalog.unnest(s.setconfig) AS c) AS v
WHERE s.setdatabase IN (
    0, (SELECT b.oid FROM pg_catalog.pg_database AS b WHERE b.datname = pg_catalog.current_database()))
    AND (s.setrole = 0 OR r.rolname !~ '^pg_')
ORDER BY 4
