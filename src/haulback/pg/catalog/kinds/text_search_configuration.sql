-- Text search configurations with the dictionaries of each token type.
SELECT t.tableoid, t.oid, 0, pg_catalog.json_build_object(
    'identity', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.cfgname),
    'parser', (
        SELECT pg_catalog.quote_ident(m.nspname) || '.' || pg_catalog.quote_ident(r.prsname)
        FROM pg_catalog.pg_ts_parser AS r JOIN pg_catalog.pg_namespace AS m ON m.oid = r.prsnamespace
        WHERE r.oid = t.cfgparser),
    'mappings', (
        SELECT pg_catalog.json_object_agg(g.alias, g.dictionaries ORDER BY g.alias)
        FROM (
            SELECT k.alias, pg_catalog.json_agg(m.mapdict::pg_catalog.regdictionary::text ORDER BY m.mapseqno)
                AS dictionaries
            FROM pg_catalog.pg_ts_config_map AS m
            JOIN pg_catalog.ts_token_type(t.cfgparser) AS k ON k.tokid = m.maptokentype
            WHERE m.mapcfg = t.oid GROUP BY k.alias) AS g),
    'owner', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(t.cfgowner)),
    'comment', d.description)::text
FROM pg_catalog.pg_ts_config AS t
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.cfgnamespace
LEFT JOIN pg_catalog.pg_description AS d ON d.classoid = t.tableoid AND d.objoid = t.oid AND d.objsubid = 0
WHERE t.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL (%(leave_out)s)
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = t.tableoid AND e.objid = t.oid AND e.deptype = 'e')
ORDER BY n.nspname, t.cfgname
