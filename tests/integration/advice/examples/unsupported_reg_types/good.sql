create table public.jobs (id int primary key, kind regtype, "table" regclass, owner regrole);
create view public.names as select 'pg_catalog'::regnamespace as name;
