"""One walk over a request, which ends in SQL: a statement for a query, one for each field of a mutation."""
