create table public.orders (id bigint primary key);
revoke all on public.orders from anon, authenticated;
