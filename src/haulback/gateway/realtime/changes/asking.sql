-- name: transaction
SELECT
    pg_catalog.set_config('statement_timeout', $1, true) IS NULL,
    pg_catalog.set_config('transaction_read_only', 'on', true) IS NULL,
    pg_catalog.set_config('haulback.claims', $2, true) IS NULL,
    pg_catalog.set_config('haulback.key', $3, true) IS NULL,
    pg_catalog.set_config('role', $4, true) IS NULL

-- name: sees
-- The body of a DO: the same statement under the claims of one after the other. A policy that raises ends nobody else's
-- turn; what was raised is kept as its code only, because its text may hold what nobody was to see.
#variable_conflict use_column
DECLARE
    haulback_claims text;
    haulback_sees boolean;
    haulback_answers text := '';
BEGIN
    FOREACH haulback_claims IN ARRAY pg_catalog.current_setting('haulback.claims')::text[] LOOP
        BEGIN
            PERFORM pg_catalog.set_config('request.jwt.claims', haulback_claims, true);
            SELECT EXISTS (SELECT 1 FROM {table} AS haulback_row WHERE {key}) INTO haulback_sees;
            haulback_answers := haulback_answers || CASE WHEN haulback_sees THEN 't,' ELSE 'f,' END;
        EXCEPTION WHEN OTHERS THEN
            haulback_answers := haulback_answers || SQLSTATE || ',';
        END;
    END LOOP;
    PERFORM pg_catalog.set_config('haulback.answers', haulback_answers, true);
END

-- name: answers
SELECT pg_catalog.current_setting('haulback.answers')

-- name: committed
-- Whether a transaction that the log has the end of is one that others see the work of: the log comes first.
SELECT pg_catalog.pg_visible_in_snapshot(
    CASE
        WHEN near.number - near.newest > 2147483648 THEN near.number - 4294967296
        WHEN near.newest - near.number > 2147483648 THEN near.number + 4294967296
        ELSE near.number
    END::text::pg_catalog.xid8,
    pg_catalog.pg_current_snapshot()
)
FROM (
    SELECT
        newest.number AS newest,
        (newest.number / 4294967296) * 4294967296 + $1::bigint AS number
    FROM (
        SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint AS number
    ) newest
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
