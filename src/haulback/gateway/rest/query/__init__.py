"""The grammar of the query string."""
