create table public.orders (id bigint primary key, note text);
alter table public.orders enable row level security;
create table private.internal (id bigint primary key);
create temporary table scratch (id bigint);
