-- standin pg_graphql 1.5.11 graphql
CREATE TYPE graphql.cardinality AS ENUM ('ONE', 'MANY');
--! graphql.resolve(query text, variables jsonb DEFAULT '{}', "operationName" text DEFAULT NULL, extensions jsonb DEFAULT NULL) returns jsonb
--! graphql.comment_directive(comment_ text) returns jsonb IMMUTABLE
--! graphql.exception(message text) returns text
