-- Supabase Realtime: what broadcasts are written to, and what migrations call and secure.
-- The functions with which the service itself reads the WAL are its own and left out.

-- name: types
CREATE TYPE realtime.action AS ENUM ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'ERROR');
CREATE TYPE realtime.equality_op AS ENUM (
    'eq', 'neq', 'lt', 'lte', 'gt', 'gte', 'in', 'like', 'ilike', 'is', 'match', 'imatch', 'isdistinct'
);
CREATE TYPE realtime.user_defined_filter AS (
    column_name text, op realtime.equality_op, value text, negate boolean
);
CREATE TYPE realtime.wal_column AS (
    name text, type_name text, type_oid oid, value jsonb, is_pkey boolean, is_selectable boolean
);
CREATE TYPE realtime.wal_rls AS (
    wal jsonb, is_rls_enabled boolean, subscription_ids uuid[], errors text[]
);

-- name: messages
CREATE TABLE realtime.messages (
    topic text NOT NULL,
    extension text NOT NULL,
    payload jsonb,
    event text,
    private boolean DEFAULT false,
    updated_at timestamp NOT NULL DEFAULT now(),
    inserted_at timestamp NOT NULL DEFAULT now(),
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    binary_payload bytea,
    PRIMARY KEY (id, inserted_at),
    CONSTRAINT messages_payload_exclusive CHECK (payload IS NULL OR binary_payload IS NULL)
) PARTITION BY RANGE (inserted_at);
CREATE INDEX messages_inserted_at_topic_index ON realtime.messages (inserted_at DESC, topic)
    WHERE extension = 'broadcast' AND private IS TRUE;
-- The service makes a partition a day; without the service one that takes every day keeps sends from being lost.
CREATE TABLE realtime.messages_default PARTITION OF realtime.messages DEFAULT;

-- name: publication
-- As the service makes it, so that whoever serves Realtime finds it: rows of messages are sent as broadcasts.
CREATE PUBLICATION supabase_realtime_messages_publication FOR TABLE realtime.messages;

-- name: subscriptions
-- Said to be immutable, as on Supabase, because a generated column needs it.
CREATE FUNCTION realtime.to_regrole(role_name text) RETURNS regrole LANGUAGE sql IMMUTABLE AS $$
    SELECT role_name::regrole
$$;
CREATE TABLE realtime.subscription (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_subscription PRIMARY KEY,
    subscription_id uuid NOT NULL,
    entity regclass NOT NULL,
    filters realtime.user_defined_filter[] NOT NULL DEFAULT '{}',
    claims jsonb NOT NULL,
    claims_role regrole NOT NULL GENERATED ALWAYS AS (realtime.to_regrole(claims ->> 'role')) STORED,
    created_at timestamp NOT NULL DEFAULT timezone('utc', now()),
    action_filter text DEFAULT '*' CHECK (action_filter IN ('*', 'INSERT', 'UPDATE', 'DELETE')),
    selected_columns text[]
);
CREATE INDEX ix_realtime_subscription_entity ON realtime.subscription (entity);
CREATE TABLE realtime.schema_migrations (
    version bigint PRIMARY KEY,
    inserted_at timestamp(0)
);

-- name: functions
CREATE FUNCTION realtime.topic() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('realtime.topic', true), '')
$$;
-- As on Supabase, a send that fails only warns: it must not undo the write that caused it.
CREATE FUNCTION realtime.send(payload jsonb, event text, topic text, private boolean DEFAULT true)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    message_id uuid := gen_random_uuid();
BEGIN
    PERFORM set_config('realtime.topic', send.topic, true);
    INSERT INTO realtime.messages (id, payload, event, topic, private, extension)
    VALUES (
        message_id,
        CASE WHEN send.payload ? 'id' THEN send.payload
            ELSE jsonb_set(send.payload, '{id}', to_jsonb(message_id)) END,
        send.event, send.topic, send.private, 'broadcast'
    );
EXCEPTION WHEN OTHERS THEN
    RAISE WARNING 'WarnSendingBroadcastMessage: %', SQLERRM;
END
$$;
CREATE FUNCTION realtime.send_binary(payload bytea, event text, topic text, private boolean DEFAULT true)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('realtime.topic', send_binary.topic, true);
    INSERT INTO realtime.messages (binary_payload, event, topic, private, extension)
    VALUES (send_binary.payload, send_binary.event, send_binary.topic, send_binary.private, 'broadcast');
EXCEPTION WHEN OTHERS THEN
    RAISE WARNING 'WarnSendingBroadcastMessage: %', SQLERRM;
END
$$;
CREATE FUNCTION realtime.broadcast_changes(
    topic_name text, event_name text, operation text, table_name text, table_schema text, new record,
    old record, level text DEFAULT 'ROW'
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF level = 'STATEMENT' THEN
        RAISE EXCEPTION 'function can only be triggered for each row, not for each statement';
    END IF;
    IF operation NOT IN ('INSERT', 'UPDATE', 'DELETE') THEN
        RAISE EXCEPTION 'Unexpected operation type: %', operation;
    END IF;
    PERFORM realtime.send(
        jsonb_build_object(
            'old_record', old, 'record', new, 'operation', operation, 'table', table_name,
            'schema', table_schema
        ),
        event_name, topic_name
    );
END
$$;

-- name: owners, row security and grants
ALTER TABLE realtime.messages OWNER TO supabase_realtime_admin;
ALTER TABLE realtime.messages_default OWNER TO supabase_realtime_admin;
ALTER TABLE realtime.subscription OWNER TO supabase_realtime_admin;
ALTER TABLE realtime.messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE realtime.messages_default ENABLE ROW LEVEL SECURITY;
ALTER FUNCTION realtime.topic() OWNER TO supabase_realtime_admin;
ALTER FUNCTION realtime.send(jsonb, text, text, boolean) OWNER TO supabase_realtime_admin;
ALTER FUNCTION realtime.send_binary(bytea, text, text, boolean) OWNER TO supabase_realtime_admin;
ALTER FUNCTION realtime.broadcast_changes(text, text, text, text, text, record, record, text)
    OWNER TO supabase_realtime_admin;
GRANT SELECT, INSERT, UPDATE ON realtime.messages TO postgres, anon, authenticated, service_role;
GRANT SELECT ON realtime.subscription TO postgres, anon, authenticated, service_role;
GRANT ALL ON realtime.messages, realtime.subscription TO dashboard_user;
