-- Event triggers.
SELECT e.tableoid, e.oid, 0, pg_catalog.json_build_object(
    'identity', pg_catalog.quote_ident(e.evtname),
    'event', e.evtevent,
    'tags', e.evttags,
    'function', e.evtfoid::pg_catalog.regproc::text,
    'enabled', e.evtenabled,
    'owner', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.evtowner)),
    'comment', d.description)::text
FROM pg_catalog.pg_event_trigger AS e
LEFT JOIN pg_catalog.pg_description AS d ON d.classoid = e.tableoid AND d.objoid = e.oid AND d.objsubid = 0
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS x
    WHERE x.classid = e.tableoid AND x.objid = e.oid AND x.deptype = 'e')
ORDER BY e.evtname
