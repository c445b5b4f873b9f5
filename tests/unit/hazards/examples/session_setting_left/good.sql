set local search_path = app;
set role editor;
create table public.fresh (id bigint primary key);
reset role;
set search_path = app;
reset all;
set statement_timeout = '5s';
