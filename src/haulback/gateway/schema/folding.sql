-- name: folding
-- Whether any function that is marked IMMUTABLE, and whose value plans may hold therefore, reads what differs from one who
-- asks to another: settings, roles, tables, or what another function tells that is not marked so, or an aggregate, which
-- is marked so whatever it is made of. Its text, with the defaults of what it is given, may speak of that where there is nothing of the kind, but not
-- the other way round; names count by their first word, whatever their schema, and operators and casts, which a text need
-- not name, wherever they are, as do checks of domains. One that gets there by another IMMUTABLE function does not count,
-- for then that one does; nor do those of extensions and Supabase's own, which depend on what they are given. Words end
-- where a name in SQL does, and are in lower case as PostgreSQL has them, whatever the locale.
WITH own AS (
    SELECT
        f.oid,
        f.provolatile = 'i' AND f.prokind <> 'a' AND n.nspname NOT IN ('realtime', 'storage') AS folded,
        f.provolatile <> 'i' OR f.prokind = 'a' AS telling,
        f.proname AS name,
        f.prosrc AS body,
        f.proargdefaults AS defaults
    FROM pg_catalog.pg_proc f
    JOIN pg_catalog.pg_language l ON l.oid = f.prolang AND (l.lanname NOT IN ('internal', 'c') OR f.prokind = 'a')
    JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    WHERE NOT EXISTS (
        SELECT 1 FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = f.oid AND d.deptype = 'e'
    )
),
texts AS (
    SELECT pg_catalog.concat_ws(
        ' ', COALESCE(pg_catalog.pg_get_function_sqlbody(f.oid), f.body), pg_catalog.pg_get_expr(f.defaults, 0)
    ) AS text
    FROM own f
    WHERE f.folded
    UNION ALL
    SELECT pg_catalog.pg_get_constraintdef(k.oid)
    FROM pg_catalog.pg_constraint k
    WHERE k.contypid <> 0 AND EXISTS (SELECT 1 FROM own f WHERE f.folded)
),
said AS (
    SELECT pg_catalog.regexp_split_to_array(
        pg_catalog.lower(t.text COLLATE "C"),
        '[\u0001-\u0023\u0025-\u002f\u003a-\u0040\u005b-\u005e\u0060\u007b-\u007f]+'
    ) AS words
    FROM texts t
),
word AS (
    SELECT DISTINCT word.said
    FROM said s
    CROSS JOIN LATERAL pg_catalog.unnest(s.words) AS word (said)
),
looking AS (
    SELECT DISTINCT word.said
    FROM said s
    CROSS JOIN LATERAL pg_catalog.unnest(s.words) AS word (said)
    WHERE s.words && ARRAY['from', 'join', 'table']
),
named (what, name) AS (
    SELECT found.what, COALESCE(
        pg_catalog.substring(
            pg_catalog.lower(found.name::text COLLATE "C"),
            '[^\u0001-\u0023\u0025-\u002f\u003a-\u0040\u005b-\u005e\u0060\u007b-\u007f]+'
        ), ''
    )
    FROM (
        SELECT 'function', f.name FROM own f WHERE f.telling
        UNION ALL
        SELECT 'table', c.relname
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname NOT IN ('pg_catalog', 'information_schema')
        WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p')
    ) AS found (what, name)
)
SELECT EXISTS (
    SELECT 1
    FROM word
    WHERE word.said IN (
        'current_setting', 'pg_settings', 'pg_show_all_settings', 'show',
        'current_user', 'current_role', 'user', 'current_schema', 'current_schemas', 'pg_has_role', 'row_security_active',
        'execute', 'spi_exec', 'spi_exec_query', 'spi_query', 'find_function'
    ) OR word.said ~ '^has_.*_privilege$|_to_xml|^pg_input_'
) OR EXISTS (
    SELECT word.said FROM word INTERSECT SELECT n.name FROM named n WHERE n.what = 'function'
) OR EXISTS (
    SELECT l.said FROM looking l INTERSECT SELECT n.name FROM named n WHERE n.what = 'table'
) OR EXISTS (
    SELECT 1
    FROM own f
    WHERE f.telling AND EXISTS (SELECT 1 FROM own g WHERE g.folded)
        AND (
            EXISTS (SELECT 1 FROM pg_catalog.pg_operator o WHERE o.oprcode = f.oid)
            OR EXISTS (SELECT 1 FROM pg_catalog.pg_cast k WHERE k.castfunc = f.oid)
        )
)
