create policy own_orders on public.orders for select to authenticated using ((select auth.uid()) = user_id);
create policy strong on public.orders for update to authenticated using ((select auth.jwt() ->> 'aal') = 'aal2');
create policy service on public.orders for all to service_role using (auth.uid() is null);
