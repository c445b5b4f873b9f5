"""GraphQL's types, from the catalogs and their comments, as each role may see them."""
