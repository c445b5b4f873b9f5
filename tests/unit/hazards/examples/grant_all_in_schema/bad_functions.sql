grant execute on all functions in schema private to anon;
