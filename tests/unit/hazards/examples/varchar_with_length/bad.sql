create table public.orders (id bigint primary key, note varchar(200));
