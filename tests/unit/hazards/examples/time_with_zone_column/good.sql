create table public.shops (id bigint primary key, opens time, zone text);
