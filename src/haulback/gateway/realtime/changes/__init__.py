"""Changes of tables, from PostgreSQL's log to those who subscribed and may see them."""
