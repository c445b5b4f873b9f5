-- standin pg_graphql 1.5.11 graphql
CREATE TYPE graphql.cardinality AS ENUM ('ONE', 'MANY');
--! graphql.resolve(query text, variables jsonb DEFAULT '{}', "operationName" text DEFAULT NULL, extensions jsonb DEFAULT NULL) returns jsonb
--! graphql.comment_directive(comment_ text) returns jsonb IMMUTABLE
--! graphql.exception(message text) returns text
-- What hosted Supabase grants whenever it is created, where its roles are.
DO $$
BEGIN
    IF pg_catalog.to_regrole('service_role') IS NOT NULL THEN
        GRANT USAGE ON SCHEMA graphql TO postgres WITH GRANT OPTION;
        GRANT USAGE ON SCHEMA graphql TO anon, authenticated, service_role;
        GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA graphql TO postgres, anon, authenticated, service_role;
    END IF;
END $$;
