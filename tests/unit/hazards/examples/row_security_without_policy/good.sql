create policy own_orders on public.orders for select to authenticated using ((select auth.uid()) = user_id);
alter table public.orders enable row level security;
