"""GraphQL in the dialect of pg_graphql: types from the catalogs, requests to SQL."""
