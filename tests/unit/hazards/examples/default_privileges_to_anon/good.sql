alter default privileges in schema public revoke all on tables from anon;
alter default privileges in schema private grant all on tables to service_role;
