create policy own_orders on public.orders for all to authenticated using ((select auth.uid()) = user_id);
create policy service on public.orders for all to service_role using (true) with check (true);
create policy narrow on public.orders as restrictive for all to authenticated using (true);
create policy inside on private.orders for all using (true);
