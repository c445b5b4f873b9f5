-- finds: foreign_table_in_api_public_orders
create extension postgres_fdw with schema extensions;
reset role;
grant usage on foreign data wrapper postgres_fdw to postgres;
set local role postgres;
create server elsewhere foreign data wrapper postgres_fdw;
create foreign table public.orders (id int) server elsewhere;
