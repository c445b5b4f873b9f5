create policy shared on public.orders for select using (id in (select order_id from public.shares));
create policy own on public.shares for all to authenticated using (order_id in (select id from public.orders));
