alter role authenticated superuser;
create role sync with login replication createrole;
