-- What tells the REST API that the schema has changed, as on Supabase: whoever makes a table need not say so.

-- name: changed
-- Of temporary objects nobody hears.
CREATE FUNCTION extensions.pgrst_ddl_watch() RETURNS event_trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_catalog.pg_event_trigger_ddl_commands() AS command
        WHERE command.schema_name IS DISTINCT FROM 'pg_temp'
    ) THEN
        NOTIFY pgrst, 'reload schema';
    END IF;
END
$$;

-- name: dropped
CREATE FUNCTION extensions.pgrst_drop_watch() RETURNS event_trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_catalog.pg_event_trigger_dropped_objects() AS dropped
        WHERE NOT dropped.is_temporary
            AND dropped.object_type IN (
                'schema', 'table', 'foreign table', 'view', 'materialized view', 'function', 'procedure', 'trigger',
                'type', 'rule', 'policy', 'default value'
            )
    ) THEN
        NOTIFY pgrst, 'reload schema';
    END IF;
END
$$;

-- name: triggers
CREATE EVENT TRIGGER pgrst_ddl_watch ON ddl_command_end
    WHEN TAG IN (
        'ALTER AGGREGATE', 'ALTER DEFAULT PRIVILEGES', 'ALTER DOMAIN', 'ALTER FOREIGN TABLE', 'ALTER FUNCTION',
        'ALTER MATERIALIZED VIEW', 'ALTER POLICY', 'ALTER PROCEDURE', 'ALTER SCHEMA', 'ALTER TABLE', 'ALTER TYPE',
        'ALTER VIEW', 'COMMENT', 'CREATE AGGREGATE', 'CREATE CAST', 'CREATE DOMAIN', 'CREATE FOREIGN TABLE',
        'CREATE FUNCTION', 'CREATE MATERIALIZED VIEW', 'CREATE POLICY', 'CREATE PROCEDURE', 'CREATE RULE',
        'CREATE SCHEMA', 'CREATE TABLE', 'CREATE TABLE AS', 'CREATE TRIGGER', 'CREATE TYPE', 'CREATE VIEW', 'GRANT',
        'IMPORT FOREIGN SCHEMA', 'REVOKE', 'SELECT INTO'
    )
    EXECUTE FUNCTION extensions.pgrst_ddl_watch();
CREATE EVENT TRIGGER pgrst_drop_watch ON sql_drop EXECUTE FUNCTION extensions.pgrst_drop_watch();
