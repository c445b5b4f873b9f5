create table public.orders (id bigint primary key, user_id uuid);
create policy own_orders on public.orders for select to authenticated using ((select auth.uid()) = user_id);
