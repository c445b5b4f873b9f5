create policy own_orders on public.orders for select to authenticated using ((select auth.uid()) = user_id or shared);
create policy new_orders on public.orders for insert to authenticated with check ((select auth.uid()) = user_id);
create policy strong on public.orders as restrictive for select to authenticated using ((select auth.jwt() ->> 'aal') = 'aal2');
create policy strangers on public.orders for select to anon using (shared);
