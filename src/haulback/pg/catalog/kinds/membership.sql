-- Who is a member of which role. What PostgreSQL 16 added is read through to_jsonb, so that one text serves all
-- versions. A superuser's grant counts as nobody's: before 16 the grantor meant nothing.
SELECT m.tableoid, m.roleid, m.member::pg_catalog.int8, pg_catalog.json_build_object(
    'identity', pg_catalog.quote_ident(g.rolname) || ' to ' || pg_catalog.quote_ident(r.rolname)
        || CASE WHEN NOT p.rolsuper THEN ' by ' || pg_catalog.quote_ident(p.rolname) ELSE '' END,
    'role', pg_catalog.quote_ident(g.rolname),
    'member', pg_catalog.quote_ident(r.rolname),
    'grantor', CASE WHEN NOT p.rolsuper THEN pg_catalog.quote_ident(p.rolname) END,
    'admin', m.admin_option,
    'inherit_option', pg_catalog.to_jsonb(m) -> 'inherit_option',
    'set_option', pg_catalog.to_jsonb(m) -> 'set_option')::text
FROM pg_catalog.pg_auth_members AS m
JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
JOIN pg_catalog.pg_roles AS r ON r.oid = m.member
LEFT JOIN pg_catalog.pg_roles AS p
    ON p.oid = m.grantor AND pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 160000
WHERE r.rolname !~ '^pg_'
ORDER BY g.rolname, r.rolname, p.rolname
