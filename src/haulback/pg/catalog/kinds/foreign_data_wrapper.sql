-- Foreign-data wrappers that no extension brought.
SELECT w.tableoid, w.oid, 0, pg_catalog.json_build_object(
    'identity', pg_catalog.quote_ident(w.fdwname),
    'handler', NULLIF(w.fdwhandler, 0)::pg_catalog.regproc::text,
    'validator', NULLIF(w.fdwvalidator, 0)::pg_catalog.regproc::text,
    'options', w.fdwoptions,
    'owner', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(w.fdwowner)),
    'acl', CASE WHEN w.fdwacl <> pg_catalog.acldefault('F', w.fdwowner) THEN w.fdwacl::text[] END,
    '_default_acl', pg_catalog.acldefault('F', w.fdwowner)::text[],
    'comment', d.description)::text
FROM pg_catalog.pg_foreign_data_wrapper AS w
LEFT JOIN pg_catalog.pg_description AS d ON d.classoid = w.tableoid AND d.objoid = w.oid AND d.objsubid = 0
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS e
    WHERE e.classid = w.tableoid AND e.objid = w.oid AND e.deptype = 'e')
ORDER BY w.fdwname
