-- name: settings
-- What ALTER ROLE … SET pgrst.… says of a login, as PostgREST's in-database configuration: of this database before
-- that of all. Without a name, of whoever asks.
SELECT DISTINCT ON (one.name) one.name, one.value
FROM pg_catalog.pg_db_role_setting AS told
JOIN pg_catalog.pg_roles AS role ON role.oid = told.setrole
CROSS JOIN LATERAL pg_catalog.unnest(told.setconfig) AS given (text)
CROSS JOIN LATERAL (
    SELECT
        pg_catalog.substr(given.text, 7, pg_catalog.strpos(given.text, '=') - 7) AS name,
        pg_catalog.substr(given.text, pg_catalog.strpos(given.text, '=') + 1) AS value
) AS one
WHERE role.rolname = coalesce(%(login)s::pg_catalog.text, CURRENT_USER)
    AND told.setdatabase IN (
        0, (SELECT this.oid FROM pg_catalog.pg_database AS this WHERE this.datname = pg_catalog.current_database())
    )
    AND given.text LIKE 'pgrst.%%'
ORDER BY one.name, told.setdatabase DESC;

-- name: set
-- What a function has just set of them, in this transaction.
SELECT asked.name, pg_catalog.current_setting('pgrst.' || asked.name, true)
FROM pg_catalog.unnest(%(names)s::pg_catalog.text[]) AS asked (name)
WHERE pg_catalog.current_setting('pgrst.' || asked.name, true) IS NOT NULL
ORDER BY asked.name;
