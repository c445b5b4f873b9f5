-- Aggregates, part by part: the server has no function that prints one.
SELECT p.tableoid, p.oid, 0, pg_catalog.json_build_object(
    'identity', p.oid::pg_catalog.regprocedure::text,
    '_name', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(p.proname),
    'arguments', pg_catalog.pg_get_function_arguments(p.oid),
    'form', g.aggkind,
    'transition', g.aggtransfn::pg_catalog.regproc::text,
    'state', pg_catalog.format_type(g.aggtranstype, NULL),
    'space', NULLIF(g.aggtransspace, 0),
    'final', NULLIF(g.aggfinalfn::pg_catalog.oid, 0)::pg_catalog.regproc::text,
    'final_extra', g.aggfinalextra,
    'final_modify', g.aggfinalmodify,
    'combine', NULLIF(g.aggcombinefn::pg_catalog.oid, 0)::pg_catalog.regproc::text,
    'serial', NULLIF(g.aggserialfn::pg_catalog.oid, 0)::pg_catalog.regproc::text,
    'deserial', NULLIF(g.aggdeserialfn::pg_catalog.oid, 0)::pg_catalog.regproc::text,
    'initial', g.agginitval,
    'moving_transition', NULLIF(g.aggmtransfn::pg_catalog.oid, 0)::pg_catalog.regproc::text,
    'moving_inverse', NULLIF(g.aggminvtransfn::pg_catalog.oid, 0)::pg_catalog.regproc::text,
    'moving_state', NULLIF(pg_catalog.format_type(NULLIF(g.aggmtranstype, 0), NULL), '-'),
    'moving_space', NULLIF(g.aggmtransspace, 0),
    'moving_final', NULLIF(g.aggmfinalfn::pg_catalog.oid, 0)::pg_catalog.regproc::text,
    'moving_final_extra', g.aggmfinalextra,
    'moving_final_modify', g.aggmfinalmodify,
    'moving_initial', g.aggminitval,
    'sort', (
        SELECT pg_catalog.quote_ident(sn.nspname) || '.' || s.oprname
        FROM pg_catalog.pg_operator AS s JOIN pg_catalog.pg_namespace AS sn ON sn.oid = s.oprnamespace
        WHERE s.oid = g.aggsortop),
    'parallel', p.proparallel,
    'owner', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(p.proowner)),
    'acl', CASE WHEN p.proacl <> pg_catalog.acldefault('f', p.proowner) THEN p.proacl::text[] END,
    '_default_acl', pg_catalog.acldefault('f', p.proowner)::text[],
    'comment', d.description)::text
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_aggregate AS g ON g.aggfnoid = p.oid
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
LEFT JOIN pg_catalog.pg_description AS d ON d.classoid = p.tableoid AND d.objoid = p.oid AND d.objsubid = 0
WHERE p.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL (%(leave_out)s)
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = p.tableoid AND e.objid = p.oid AND e.deptype = 'e')
ORDER BY n.nspname, p.proname, 4
