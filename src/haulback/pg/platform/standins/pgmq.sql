-- standin pgmq 1.4.4 pgmq
-- Queues are real tables, and sending, reading, archiving and deleting are real; partitioned queues raise.
CREATE TABLE pgmq.meta (
    queue_name varchar PRIMARY KEY,
    is_partitioned boolean NOT NULL,
    is_unlogged boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TYPE pgmq.message_record AS (
    msg_id bigint, read_ct integer, enqueued_at timestamptz, vt timestamptz, message jsonb
);
CREATE TYPE pgmq.queue_record AS (
    queue_name varchar, is_partitioned boolean, is_unlogged boolean, created_at timestamptz
);
CREATE FUNCTION pgmq.haulback_create(queue_name text, unlogged boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF queue_name !~ '^[A-Za-z0-9_]{1,47}$' THEN
        RAISE EXCEPTION 'queue name is too long or has characters that are not letters, digits or _: %', queue_name;
    END IF;
    EXECUTE format(
        'CREATE %s TABLE IF NOT EXISTS pgmq.%I (msg_id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,'
        ' read_ct integer NOT NULL DEFAULT 0, enqueued_at timestamptz NOT NULL DEFAULT now(),'
        ' vt timestamptz NOT NULL, message jsonb)',
        CASE WHEN unlogged THEN 'UNLOGGED' ELSE '' END, 'q_' || lower(queue_name)
    );
    EXECUTE format(
        'CREATE TABLE IF NOT EXISTS pgmq.%I (msg_id bigint PRIMARY KEY, read_ct integer NOT NULL DEFAULT 0,'
        ' enqueued_at timestamptz NOT NULL DEFAULT now(), archived_at timestamptz NOT NULL DEFAULT now(),'
        ' vt timestamptz NOT NULL, message jsonb)',
        'a_' || lower(queue_name)
    );
    EXECUTE format(
        'CREATE INDEX IF NOT EXISTS %I ON pgmq.%I (vt)', 'q_' || lower(queue_name) || '_vt_idx', 'q_' || lower(queue_name)
    );
    INSERT INTO pgmq.meta (queue_name, is_partitioned, is_unlogged) VALUES ($1, false, unlogged)
    ON CONFLICT DO NOTHING;
END
$$;
CREATE FUNCTION pgmq.create_non_partitioned(queue_name text) RETURNS void LANGUAGE sql AS
    $$ SELECT pgmq.haulback_create(queue_name, false) $$;
CREATE FUNCTION pgmq."create"(queue_name text) RETURNS void LANGUAGE sql AS
    $$ SELECT pgmq.haulback_create(queue_name, false) $$;
CREATE FUNCTION pgmq.create_unlogged(queue_name text) RETURNS void LANGUAGE sql AS
    $$ SELECT pgmq.haulback_create(queue_name, true) $$;
CREATE FUNCTION pgmq.drop_queue(queue_name text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS pgmq.%I', 'q_' || lower(queue_name));
    EXECUTE format('DROP TABLE IF EXISTS pgmq.%I', 'a_' || lower(queue_name));
    DELETE FROM pgmq.meta AS m WHERE m.queue_name = $1;
    RETURN FOUND;
END
$$;
CREATE FUNCTION pgmq.list_queues() RETURNS SETOF pgmq.queue_record LANGUAGE sql AS
    $$ SELECT queue_name, is_partitioned, is_unlogged, created_at FROM pgmq.meta ORDER BY queue_name $$;
CREATE FUNCTION pgmq.send(queue_name text, msg jsonb, delay integer DEFAULT 0) RETURNS SETOF bigint
LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        'INSERT INTO pgmq.%I (vt, message) VALUES (clock_timestamp() + $2 * interval ''1 s'', $1) RETURNING msg_id',
        'q_' || lower(queue_name)
    ) USING msg, delay;
END
$$;
CREATE FUNCTION pgmq.send_batch(queue_name text, msgs jsonb[], delay integer DEFAULT 0) RETURNS SETOF bigint
LANGUAGE sql AS $$
    SELECT sent FROM unnest(msgs) WITH ORDINALITY AS m (message, position),
        pgmq.send(queue_name, m.message, delay) AS sent ORDER BY m.position
$$;
CREATE FUNCTION pgmq.read(queue_name text, vt integer, qty integer) RETURNS SETOF pgmq.message_record
LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        'WITH due AS (SELECT msg_id FROM pgmq.%1$I WHERE vt <= clock_timestamp() ORDER BY msg_id LIMIT $1'
        ' FOR UPDATE SKIP LOCKED) UPDATE pgmq.%1$I AS q SET vt = clock_timestamp() + $2 * interval ''1 s'','
        ' read_ct = q.read_ct + 1 FROM due WHERE q.msg_id = due.msg_id'
        ' RETURNING q.msg_id, q.read_ct, q.enqueued_at, q.vt, q.message',
        'q_' || lower(queue_name)
    ) USING qty, vt;
END
$$;
CREATE FUNCTION pgmq.pop(queue_name text) RETURNS SETOF pgmq.message_record LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        'DELETE FROM pgmq.%1$I AS q WHERE q.msg_id = (SELECT msg_id FROM pgmq.%1$I WHERE vt <= clock_timestamp()'
        ' ORDER BY msg_id LIMIT 1 FOR UPDATE SKIP LOCKED)'
        ' RETURNING q.msg_id, q.read_ct, q.enqueued_at, q.vt, q.message',
        'q_' || lower(queue_name)
    );
END
$$;
CREATE FUNCTION pgmq.delete(queue_name text, msg_ids bigint[]) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        'DELETE FROM pgmq.%I WHERE msg_id = ANY ($1) RETURNING msg_id', 'q_' || lower(queue_name)
    ) USING msg_ids;
END
$$;
CREATE FUNCTION pgmq.delete(queue_name text, msg_id bigint) RETURNS boolean LANGUAGE sql AS
    $$ SELECT count(*) > 0 FROM pgmq.delete(queue_name, ARRAY[msg_id]) $$;
CREATE FUNCTION pgmq.archive(queue_name text, msg_ids bigint[]) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        'WITH gone AS (DELETE FROM pgmq.%I WHERE msg_id = ANY ($1)'
        ' RETURNING msg_id, read_ct, enqueued_at, vt, message)'
        ' INSERT INTO pgmq.%I (msg_id, read_ct, enqueued_at, vt, message)'
        ' SELECT msg_id, read_ct, enqueued_at, vt, message FROM gone RETURNING msg_id',
        'q_' || lower(queue_name), 'a_' || lower(queue_name)
    ) USING msg_ids;
END
$$;
CREATE FUNCTION pgmq.archive(queue_name text, msg_id bigint) RETURNS boolean LANGUAGE sql AS
    $$ SELECT count(*) > 0 FROM pgmq.archive(queue_name, ARRAY[msg_id]) $$;
CREATE FUNCTION pgmq.purge_queue(queue_name text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    purged bigint;
BEGIN
    EXECUTE format('DELETE FROM pgmq.%I', 'q_' || lower(queue_name));
    GET DIAGNOSTICS purged = ROW_COUNT;
    RETURN purged;
END
$$;
CREATE FUNCTION pgmq.set_vt(queue_name text, msg_id bigint, vt integer) RETURNS SETOF pgmq.message_record
LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        'UPDATE pgmq.%I AS q SET vt = clock_timestamp() + $2 * interval ''1 s'' WHERE q.msg_id = $1'
        ' RETURNING q.msg_id, q.read_ct, q.enqueued_at, q.vt, q.message',
        'q_' || lower(queue_name)
    ) USING msg_id, vt;
END
$$;
--! pgmq.create_partitioned(queue_name text, partition_interval text DEFAULT '10000', retention_interval text DEFAULT '100000') returns void
--! pgmq.read_with_poll(queue_name text, vt integer, qty integer, max_poll_seconds integer DEFAULT 5, poll_interval_ms integer DEFAULT 100) returns SETOF pgmq.message_record
--! pgmq.metrics(queue_name text) returns jsonb
--! pgmq.metrics_all() returns jsonb
--! pgmq.detach_archive(queue_name text) returns void
GRANT ALL ON SCHEMA pgmq TO postgres WITH GRANT OPTION;
GRANT ALL ON ALL TABLES IN SCHEMA pgmq TO postgres WITH GRANT OPTION;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgmq TO postgres WITH GRANT OPTION;
