"""The way to PostgreSQL: many requests in one pipeline, each a transaction of its own."""
