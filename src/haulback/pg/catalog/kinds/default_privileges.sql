-- What ALTER DEFAULT PRIVILEGES has set, by role, schema and type of object. One for all schemas starts from the
-- built-in default, one for a schema from nothing.
SELECT a.tableoid, a.oid, 0, pg_catalog.json_build_object(
    'identity', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.defaclrole))
        || COALESCE(' in ' || pg_catalog.quote_ident(n.nspname), '') || ' on ' || a.defaclobjtype::text,
    'role', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.defaclrole)),
    'schema', pg_catalog.quote_ident(n.nspname),
    'type', a.defaclobjtype,
    'entries', a.defaclacl::text[],
    '_default_acl', CASE WHEN a.defaclnamespace = 0 THEN pg_catalog.acldefault(
        CASE a.defaclobjtype WHEN 'S' THEN 's' ELSE a.defaclobjtype END, a.defaclrole)::text[] END)::text
FROM pg_catalog.pg_default_acl AS a
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = a.defaclnamespace
WHERE a.defaclnamespace = 0 OR (
    n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL (%(leave_out)s))
ORDER BY 4
