create table public.shops (id bigint primary key, opens time with time zone);
