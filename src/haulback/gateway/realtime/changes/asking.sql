-- name: transaction
-- A generic plan, because with one made for the values each of hundreds of questions would be planned anew. No scan of the
-- whole table, however small, because policies would be asked for rows that nobody wants to know of, and may raise there.
-- Before PostgreSQL 18 that makes the scan of another table, which a policy reads, look so dear that each question would be
-- compiled to machine code.
SELECT
    {keys}
    pg_catalog.set_config('statement_timeout', $1, true) IS NULL,
    pg_catalog.set_config('lock_timeout', '1s', true) IS NULL,
    pg_catalog.set_config('transaction_read_only', 'on', true) IS NULL,
    pg_catalog.set_config('plan_cache_mode', 'force_generic_plan', true) IS NULL,
    pg_catalog.set_config('haulback.claims', $2, true) IS NULL,
    pg_catalog.set_config('haulback.wanted', $3, true) IS NULL,
    pg_catalog.set_config('enable_seqscan', 'off', true) IS NULL,
    pg_catalog.set_config('jit', 'off', true) IS NULL,
    pg_catalog.set_config('haulback.apart', $5, true) IS NULL,
    pg_catalog.set_config('haulback.anew', $6, true) IS NULL,
    pg_catalog.set_config('role', $4, true) IS NULL

-- name: sees
-- The body of a DO: the same statement under the claims of one after the other, for the rows that are wanted to be known
-- of. A policy that raises ends nobody else's turn: then all are asked again, each in a block of its own that is rolled
-- back, so that nothing stays of it but its answer, which a variable holds. That costs as much again as the question, and
-- is done from the start only where a policy may leave something behind, such as a setting in which a function keeps the
-- tenant of whoever asked first. Nothing stays of plans either where a function that is marked IMMUTABLE may read the
-- claims: a plan has its value for whoever it was made for, those of statements in functions too, which last for the
-- session. What was raised is kept as its code only, because its text may hold what nobody was to
-- see. The limit keeps the rows a loop over the key. The keys are arrays of the columns' own
-- types: a conversion in the condition could leak what it is given, and then row security forbids the index. Only the
-- table, for tables that inherit from it may have rows with the same key.
#variable_conflict use_column
DECLARE
    haulback_claims text[] := pg_catalog.current_setting('haulback.claims')::text[];
    haulback_wanted text[] := pg_catalog.current_setting('haulback.wanted')::text[];
    {keys};
    haulback_claim text;
    haulback_numbers int[];
    haulback_number int;
    haulback_seen text;
    haulback_answers text := '';
    haulback_apart bool := pg_catalog.current_setting('haulback.apart')::bool;
    haulback_anew bool := pg_catalog.current_setting('haulback.anew')::bool;
    haulback_answered bool;
BEGIN
    BEGIN
        IF haulback_apart THEN
            NULL;
        ELSIF pg_catalog.cardinality(haulback_key_1) = 1 THEN
            FOREACH haulback_claim IN ARRAY haulback_claims LOOP
                {look_at_one};
            END LOOP;
        ELSE
            FOR haulback_turn IN 1 .. pg_catalog.cardinality(haulback_claims) LOOP
                {look};
                haulback_answers := haulback_answers || haulback_seen || ',';
            END LOOP;
        END IF;
    EXCEPTION
        WHEN lock_not_available THEN
            RAISE;  -- no fault of a policy: all of it is asked again
        WHEN OTHERS THEN
            haulback_apart := true;
            haulback_answers := '';
    END;
    IF haulback_apart THEN
        FOR haulback_turn IN 1 .. pg_catalog.cardinality(haulback_claims) LOOP
            haulback_answered := false;
            BEGIN
                IF haulback_anew THEN
                    DISCARD PLANS;
                END IF;
                {look};
                haulback_answered := true;
                RAISE EXCEPTION 'rolled back';
            EXCEPTION
                WHEN lock_not_available THEN
                    RAISE;
                WHEN OTHERS THEN
                    haulback_answers := haulback_answers
                        || CASE WHEN haulback_answered THEN haulback_seen ELSE '!' || SQLSTATE END || ',';
            END;
        END LOOP;
    END IF;
    PERFORM pg_catalog.set_config('haulback.answers', haulback_answers, true);
END

-- name: key
haulback_key_{number} {kind}[] := pg_catalog.current_setting({setting})::{kind}[];
haulback_only_{number} {kind} := haulback_key_{number}[1];

-- name: look_at_one
-- Where there is one row, which is what is mostly asked for, by the smallest statements that there are. An assignment is no
-- statement.
haulback_seen := pg_catalog.set_config('request.jwt.claims', haulback_claim, true);
PERFORM 1 FROM {only} {table} AS haulback_row WHERE {key};
IF FOUND THEN
    haulback_answers := haulback_answers || '1,';
ELSE
    haulback_answers := haulback_answers || ',';
END IF;

-- name: look
haulback_seen := pg_catalog.set_config('request.jwt.claims', haulback_claims[haulback_turn], true);
haulback_numbers := haulback_wanted[haulback_turn]::int[];
IF pg_catalog.cardinality(haulback_numbers) = 1 THEN
    haulback_number := haulback_numbers[1];
    PERFORM 1 FROM {only} {table} AS haulback_row WHERE {key} LIMIT 1;
    haulback_seen := CASE WHEN FOUND THEN haulback_number::text ELSE '' END;
ELSE
    SELECT COALESCE(pg_catalog.string_agg(haulback_asked.haulback_number::text, ' '), '')
    INTO haulback_seen
    FROM pg_catalog.unnest(haulback_numbers) AS haulback_asked (haulback_number)
    CROSS JOIN LATERAL (SELECT 1 FROM {only} {table} AS haulback_row WHERE {key} LIMIT 1) AS haulback_found;
END IF;

-- name: answers
SELECT pg_catalog.current_setting('haulback.answers')

-- name: committed
-- Whether transactions that the log has the end of are ones that others see the work of: the log comes first. A number
-- of 32 bits is the one next to the newest of 64.
SELECT pg_catalog.bool_and(pg_catalog.pg_visible_in_snapshot(
    CASE
        WHEN near.number - near.newest > 2147483648 THEN near.number - 4294967296
        WHEN near.newest - near.number > 2147483648 THEN near.number + 4294967296
        ELSE near.number
    END::text::pg_catalog.xid8,
    pg_catalog.pg_current_snapshot()
))
FROM (
    SELECT
        newest.number AS newest,
        (newest.number / 4294967296) * 4294967296 + named.number AS number
    FROM (
        SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint AS number
    ) newest
    CROSS JOIN pg_catalog.unnest($1::bigint[]) AS named (number)
) near

-- name: claimed
-- The body of a DO: the value of one expression under the claims of one after the other: `=` and its text, `0` for NULL,
-- `!` where it raised.
DECLARE
    haulback_claims text;
    haulback_value text;
    haulback_answers text[] := '{{}}';
BEGIN
    FOREACH haulback_claims IN ARRAY pg_catalog.current_setting('haulback.claims')::text[] LOOP
        BEGIN
            PERFORM pg_catalog.set_config('request.jwt.claims', haulback_claims, true);
            SELECT ({expression})::text INTO haulback_value;
            haulback_answers := pg_catalog.array_append(haulback_answers, COALESCE('=' || haulback_value, '0'));
        EXCEPTION WHEN OTHERS THEN
            haulback_answers := pg_catalog.array_append(haulback_answers, '!');
        END;
    END LOOP;
    PERFORM pg_catalog.set_config('haulback.answers', pg_catalog.array_to_json(haulback_answers)::text, true);
END

-- name: versions
-- Texts that are others after each change of tables, their columns, privileges and policies, of functions, and of the
-- policies alone of tables that are read, and of roles with all that they are members of; NULL for what is not there. The
-- transaction that wrote a row of the catalog last stands for the row, but of roles, whose rows are nobody's to read.
SELECT pg_catalog.json_build_array(
    ARRAY(
        SELECT c.xmin::text
            || COALESCE((
                SELECT pg_catalog.string_agg(pg_catalog.concat(';', p.oid, '=', p.xmin), '' ORDER BY p.oid)
                FROM pg_catalog.pg_policy p
                WHERE p.polrelid = c.oid
            ), '')
            || COALESCE((
                SELECT pg_catalog.string_agg(pg_catalog.concat(',', a.xmin), '' ORDER BY a.attnum)
                FROM pg_catalog.pg_attribute a
                WHERE a.attrelid = c.oid AND a.attnum > 0
            ), '')
        FROM pg_catalog.unnest($1::bigint[]) WITH ORDINALITY AS asked (oid, place)
        LEFT JOIN pg_catalog.pg_class c ON c.oid = asked.oid::oid
        ORDER BY asked.place
    ),
    ARRAY(
        SELECT f.xmin::text
        FROM pg_catalog.unnest($2::bigint[]) WITH ORDINALITY AS asked (oid, place)
        LEFT JOIN pg_catalog.pg_proc f ON f.oid = asked.oid::oid
        ORDER BY asked.place
    ),
    ARRAY(
        SELECT COALESCE((
            SELECT pg_catalog.string_agg(pg_catalog.concat(';', p.oid, '=', p.xmin), '' ORDER BY p.oid)
            FROM pg_catalog.pg_policy p
            WHERE p.polrelid = asked.oid::oid
        ), '')
        FROM pg_catalog.unnest($3::bigint[]) WITH ORDINALITY AS asked (oid, place)
        ORDER BY asked.place
    ),
    ARRAY(
        SELECT COALESCE((
            WITH RECURSIVE had (role) AS (
                SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = asked.name
                UNION
                SELECT m.roleid FROM had JOIN pg_catalog.pg_auth_members m ON m.member = had.role
            )
            SELECT pg_catalog.string_agg(
                pg_catalog.concat(';', r.oid, r.rolsuper, r.rolbypassrls, r.rolinherit, (
                    SELECT pg_catalog.string_agg(
                        pg_catalog.concat(',', m.roleid, '=', m.xmin), '' ORDER BY m.roleid, m.grantor
                    )
                    FROM pg_catalog.pg_auth_members m
                    WHERE m.member = r.oid
                )), '' ORDER BY r.oid
            )
            FROM had
            JOIN pg_catalog.pg_roles r ON r.oid = had.role
        ), '')
        FROM pg_catalog.unnest($4::text[]) WITH ORDINALITY AS asked (name, place)
        ORDER BY asked.place
    )
)
