create policy own_orders on public.orders for select to authenticated using ((select auth.uid()) = user_id);
create policy shared_orders on public.orders for select to authenticated using (shared);
