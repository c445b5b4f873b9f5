"""A query laid over the schema cache: what is read from where, joined how. Pure."""
