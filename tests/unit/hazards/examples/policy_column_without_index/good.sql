create table public.orders (id bigint primary key, user_id uuid);
create index orders_user_id_idx on public.orders (user_id, id);
alter table public.orders enable row level security;
create policy own_orders on public.orders for select to authenticated using ((select auth.uid()) = user_id);
create policy own_lines on public.lines for select to authenticated using ((select auth.uid()) = user_id);
