-- The entry point of GraphQL over the API. It asks pg_graphql, which raises where it is a stand-in.

-- name: graphql
CREATE FUNCTION graphql_public.graphql(
    "operationName" text DEFAULT NULL, query text DEFAULT NULL, variables jsonb DEFAULT NULL,
    extensions jsonb DEFAULT NULL
) RETURNS jsonb LANGUAGE sql AS $$
    SELECT graphql.resolve(query, coalesce(variables, '{}'), "operationName", extensions)
$$;
GRANT EXECUTE ON FUNCTION graphql_public.graphql(text, text, jsonb, jsonb)
    TO postgres, anon, authenticated, service_role;
