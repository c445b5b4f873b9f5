-- Functions, procedures and window functions; aggregates are a kind of their own.
SELECT p.tableoid, p.oid, 0, pg_catalog.json_build_object(
    'identity', p.oid::pg_catalog.regprocedure::text,
    'form', p.prokind,
    'definition', pg_catalog.pg_get_functiondef(p.oid),
    '_result', pg_catalog.pg_get_function_result(p.oid),
    '_arguments', pg_catalog.pg_get_function_arguments(p.oid),
    'owner', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(p.proowner)),
    'acl', CASE WHEN p.proacl <> pg_catalog.acldefault('f', p.proowner) THEN p.proacl::text[] END,
    '_default_acl', pg_catalog.acldefault('f', p.proowner)::text[],
    'comment', d.description)::text
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
LEFT JOIN pg_catalog.pg_description AS d ON d.classoid = p.tableoid AND d.objoid = p.oid AND d.objsubid = 0
WHERE p.prokind IN ('f', 'p', 'w')
    AND p.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND n.nspname <> ALL (%(leave_out)s)
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = p.tableoid AND e.objid = p.oid AND e.deptype IN ('e', 'i'))
ORDER BY n.nspname, p.proname, 4
