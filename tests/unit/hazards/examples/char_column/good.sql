create table public.orders (id bigint primary key, currency text check (length(currency) = 3));
