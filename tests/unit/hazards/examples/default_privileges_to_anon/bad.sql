alter default privileges in schema private grant all on tables to anon;
