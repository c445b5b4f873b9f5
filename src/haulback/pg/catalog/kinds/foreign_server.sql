-- Foreign servers. Their options can hold secrets; they are kept as they are.
SELECT s.tableoid, s.oid, 0, pg_catalog.json_build_object(
    'identity', pg_catalog.quote_ident(s.srvname),
    'type', s.srvtype,
    'version', s.srvversion,
    'wrapper', pg_catalog.quote_ident(w.fdwname),
    'options', s.srvoptions,
    'owner', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(s.srvowner)),
    'acl', CASE WHEN s.srvacl <> pg_catalog.acldefault('S', s.srvowner) THEN s.srvacl::text[] END,
    '_default_acl', pg_catalog.acldefault('S', s.srvowner)::text[],
    'comment', d.description)::text
FROM pg_catalog.pg_foreign_server AS s
JOIN pg_catalog.pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
LEFT JOIN pg_catalog.pg_description AS d ON d.classoid = s.tableoid AND d.objoid = s.oid AND d.objsubid = 0
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS e
    WHERE e.classid = s.tableoid AND e.objid = s.oid AND e.deptype = 'e')
ORDER BY s.srvname
