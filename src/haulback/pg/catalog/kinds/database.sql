-- The database itself, without its name: a shadow may be called otherwise.
SELECT b.tableoid, b.oid, 0, pg_catalog.json_build_object(
    'identity', 'itself',
    '_database', pg_catalog.quote_ident(b.datname),
    'owner', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(b.datdba)),
    'acl', CASE WHEN b.datacl <> pg_catalog.acldefault('d', b.datdba) THEN b.datacl::text[] END,
    '_default_acl', pg_catalog.acldefault('d', b.datdba)::text[],
    'comment', NULLIF(d.description, 'default administrative connection database'))::text
FROM pg_catalog.pg_database AS b
LEFT JOIN pg_catalog.pg_shdescription AS d ON d.classoid = b.tableoid AND d.objoid = b.oid
WHERE b.datname = pg_catalog.current_database()
