-- What is known of the tables that are followed. Run with an empty search_path, so that names in texts are unambiguous.

-- name: publications
SELECT p.pubname FROM pg_catalog.pg_publication p WHERE p.pubname = ANY (%(names)s) ORDER BY p.pubname

-- name: published
SELECT c.oid::bigint AS oid, n.nspname AS schema, c.relname AS name
FROM pg_catalog.pg_publication_tables t
JOIN pg_catalog.pg_namespace n ON n.nspname = t.schemaname
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename
WHERE t.pubname = %(publication)s
ORDER BY n.nspname, c.relname

-- name: table
SELECT
    n.nspname AS schema,
    c.relname AS name,
    c.relkind = 'p' AS partitioned,
    c.relrowsecurity AS row_security,
    ARRAY(
        SELECT a.attname::text
        FROM pg_catalog.pg_constraint k
        CROSS JOIN LATERAL pg_catalog.unnest(k.conkey) WITH ORDINALITY AS part (number, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = part.number
        WHERE k.conrelid = c.oid AND k.contype = 'p'
        ORDER BY part.place
    ) AS key
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = %(table)s

-- name: columns
SELECT
    a.attname AS name,
    shown.typname AS type_name,
    a.atttypid::bigint AS type,
    pg_catalog.format_type(a.atttypid, NULL) AS type_text,
    pg_catalog.format('%%I.%%I', place.nspname, shown.typname) AS sql_type,
    base.oid::bigint AS base,
    base.typtype AS kind,
    CASE WHEN base.typsubscript = 'pg_catalog.array_subscript_handler'::pg_catalog.regproc
        THEN element.oid::bigint ELSE 0 END AS element,
    COALESCE(element.typtype, '') AS element_kind,
    COALESCE(element.typdelim, ',') AS delimiter,
    COALESCE(o.collisdeterministic, true) AS deterministic
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_type shown ON shown.oid = a.atttypid
JOIN pg_catalog.pg_namespace place ON place.oid = shown.typnamespace
CROSS JOIN LATERAL (
    WITH RECURSIVE below AS (
        SELECT a.atttypid AS oid
        UNION ALL
        SELECT t.typbasetype FROM below JOIN pg_catalog.pg_type t ON t.oid = below.oid WHERE t.typtype = 'd'
    )
    SELECT t.* FROM below JOIN pg_catalog.pg_type t ON t.oid = below.oid WHERE t.typtype <> 'd'
) base
LEFT JOIN LATERAL (
    WITH RECURSIVE below AS (
        SELECT base.typelem AS oid
        UNION ALL
        SELECT t.typbasetype FROM below JOIN pg_catalog.pg_type t ON t.oid = below.oid WHERE t.typtype = 'd'
    )
    SELECT t.* FROM below JOIN pg_catalog.pg_type t ON t.oid = below.oid WHERE t.typtype <> 'd'
) element ON true
LEFT JOIN pg_catalog.pg_collation o ON o.oid = a.attcollation
WHERE a.attrelid = %(table)s AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum

-- name: role
-- None where the login that asks may not become it: such a token is refused by PostgreSQL where it has to be asked, and
-- must not pass where it has not.
SELECT
    r.rolsuper OR r.rolbypassrls
        OR (pg_catalog.pg_has_role(r.oid, c.relowner, 'USAGE') AND NOT c.relforcerowsecurity) AS bypasses,
    ARRAY(
        SELECT a.attname::text
        FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = %(table)s AND a.attnum > 0 AND NOT a.attisdropped
            AND pg_catalog.has_column_privilege(r.oid, a.attrelid, a.attnum, 'SELECT')
        ORDER BY a.attnum
    ) AS readable
FROM pg_catalog.pg_roles r
JOIN pg_catalog.pg_class c ON c.oid = %(table)s
WHERE r.rolname = %(role)s
    AND pg_catalog.pg_has_role(
        %(login)s,
        r.oid,
        CASE WHEN pg_catalog.current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END
    )

-- name: policies
-- Plain is what holds nothing that would run somebody's code, beside what its text shows: tables, enums and functions of
-- the schema auth. What PostgreSQL itself brings is not among the dependencies. Shown is what has no such code in places
-- that the text does not name it in: NULLIF and IS DISTINCT FROM do not name their operator, nor casts their function.
-- Settled is what runs no such code in policies of the tables that it reads either, nor sets anything, but in `calls`: the
-- type that a JSON function is RETURNING, a domain perhaps, is not among the dependencies. Folded is what calls, there
-- too, a function that plans have the value of, other than those of extensions and Supabase's own. A policy without USING
-- lets nothing pass.
WITH RECURSIVE applying AS (
    SELECT p.oid, p.polpermissive, p.polname, p.polqual, p.polrelid
    FROM pg_catalog.pg_policy p
    WHERE p.polrelid = %(table)s AND p.polcmd IN ('r', '*') AND p.polqual IS NOT NULL
        AND EXISTS (
            SELECT 1 FROM pg_catalog.unnest(p.polroles) AS granted (role)
            WHERE granted.role = 0 OR pg_catalog.pg_has_role(%(role)s, granted.role, 'USAGE')
        )
),
reached (first, policy) AS (
    SELECT p.oid, p.oid FROM applying p
    UNION
    SELECT r.first, q.oid
    FROM reached r
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND d.objid = r.policy
        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    JOIN pg_catalog.pg_policy q ON q.polrelid = d.refobjid
    WHERE q.polrelid <> %(table)s
),
needing AS (
    SELECT
        r.first,
        r.policy,
        COALESCE(c.relkind IN ('r', 'p', 'm') OR t.typtype = 'e' OR n.nspname = 'auth', false) AS plain,
        d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass
            OR EXISTS (SELECT 1 FROM pg_catalog.pg_cast k WHERE k.castfunc = f.oid) AS hidden,
        c.oid AS relation,
        f.oid AS called,
        f.provolatile = 'i' AND l.lanname NOT IN ('internal', 'c') AND n.nspname NOT IN ('realtime', 'storage')
            AND NOT EXISTS (
                SELECT 1 FROM pg_catalog.pg_depend e
                WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.objid = f.oid AND e.deptype = 'e'
            ) AS folded
    FROM reached r
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND d.objid = r.policy
    LEFT JOIN pg_catalog.pg_class c
        ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = d.refobjid
    LEFT JOIN pg_catalog.pg_type t
        ON d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid = d.refobjid
    LEFT JOIN pg_catalog.pg_proc f
        ON d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND f.oid = d.refobjid
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace
    LEFT JOIN pg_catalog.pg_language l ON l.oid = f.prolang
)
SELECT
    p.polpermissive AS permissive,
    pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS expression,
    NOT EXISTS (SELECT 1 FROM needing d WHERE d.policy = p.oid AND NOT d.plain) AS plain,
    NOT EXISTS (SELECT 1 FROM needing d WHERE d.policy = p.oid AND d.hidden) AS shown,
    NOT EXISTS (SELECT 1 FROM needing d WHERE d.first = p.oid AND NOT d.plain)
        AND NOT EXISTS (
            SELECT 1
            FROM reached r
            JOIN pg_catalog.pg_policy q ON q.oid = r.policy
            WHERE r.first = p.oid
                AND pg_catalog.pg_get_expr(q.polqual, q.polrelid) ~ 'set_config|_to_xml|ts_stat|ts_rewrite|pg_input_|RETURNING'
        ) AS settled,
    EXISTS (SELECT 1 FROM needing d WHERE d.first = p.oid AND d.folded) AS folded,
    COALESCE((
        SELECT pg_catalog.json_object_agg(f.oid, f.xmin::text ORDER BY f.oid)
        FROM pg_catalog.pg_proc f
        WHERE f.oid IN (SELECT d.called FROM needing d WHERE d.first = p.oid)
    ), '{}') AS calls,
    COALESCE((
        SELECT pg_catalog.json_object_agg(c.oid, COALESCE((
            SELECT pg_catalog.string_agg(pg_catalog.concat(';', q.oid, '=', q.xmin), '' ORDER BY q.oid)
            FROM pg_catalog.pg_policy q
            WHERE q.polrelid = c.oid
        ), '') ORDER BY c.oid)
        FROM pg_catalog.pg_class c
        WHERE c.oid IN (SELECT d.relation FROM needing d WHERE d.first = p.oid) AND c.oid <> p.polrelid
    ), '{}') AS reads
FROM applying p
ORDER BY p.polname

-- name: replication
SELECT
    pg_catalog.current_setting('wal_level') AS wal_level,
    r.rolreplication OR r.rolsuper AS may_replicate
FROM pg_catalog.pg_roles r
WHERE r.rolname = CURRENT_USER

-- name: behind
SELECT pg_catalog.pg_wal_lsn_diff(
    CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
        ELSE pg_catalog.pg_current_wal_lsn() END,
    s.confirmed_flush_lsn
)::bigint
FROM pg_catalog.pg_replication_slots s
WHERE s.slot_name = %(slot)s

-- name: give_up
SELECT pg_catalog.pg_drop_replication_slot(s.slot_name)
FROM pg_catalog.pg_replication_slots s
WHERE s.slot_name ~ ('^' || %(prefix)s || '_[0-9]+$') AND NOT s.active
    AND s.database = pg_catalog.current_database()
    AND pg_catalog.pg_wal_lsn_diff(
        CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
            ELSE pg_catalog.pg_current_wal_lsn() END,
        s.confirmed_flush_lsn
    ) > %(bound)s

-- name: operator
SELECT EXISTS (
    SELECT 1 FROM pg_catalog.pg_operator o
    WHERE o.oprname = %(operator)s AND o.oprleft = %(type)s AND o.oprresult = 'boolean'::pg_catalog.regtype
        AND (NOT %(same)s OR o.oprright = o.oprleft)
)

-- name: hurry
-- All changes wait for the filters of one: an expression takes microseconds, unless it is meant to take long.
SELECT pg_catalog.set_config('statement_timeout', '500ms', true)

-- name: replay
SELECT
    m.event AS event,
    m.payload::text AS payload,
    m.binary_payload AS binary,
    m.id::text AS id
FROM realtime.messages m
WHERE m.topic = %(topic)s AND m.private IS TRUE AND m.extension = 'broadcast'
    AND m.inserted_at >= pg_catalog.to_timestamp(%(since)s / 1000.0) AT TIME ZONE 'UTC'
    AND m.inserted_at < pg_catalog.now() AT TIME ZONE 'UTC' + '1 minute'::interval
ORDER BY m.inserted_at DESC
LIMIT %(limit)s

-- name: prune
-- In portions, so that no lock and no transaction lasts. Only the partition that takes every day: those of single days
-- are Realtime's own, which drops them.
DELETE FROM realtime.messages_default
WHERE ctid = ANY (ARRAY(
    SELECT m.ctid FROM realtime.messages_default m
    WHERE m.inserted_at < pg_catalog.now() AT TIME ZONE 'UTC' - '72 hours'::interval
    LIMIT %(portion)s
))

-- name: claim_functions
-- Functions without arguments in the schema auth, whose bodies tell whether they depend on the claims alone. Of types of
-- PostgreSQL's own: another one may compare in its own way.
SELECT
    'auth.' || p.proname AS name,
    pg_catalog.format_type(p.prorettype, NULL) AS type,
    p.prosrc AS body,
    p.provolatile = 'i' AS folded,
    p.oid::text AS oid,
    p.xmin::text AS version
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
JOIN pg_catalog.pg_type t ON t.oid = p.prorettype AND t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace
WHERE n.nspname = 'auth' AND p.pronargs = 0 AND p.prokind = 'f' AND NOT p.proretset
    AND l.lanname = 'sql' AND p.prosqlbody IS NULL AND p.proconfig IS NULL AND NOT p.prosecdef
ORDER BY p.proname
