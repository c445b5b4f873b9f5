create policy anything on public.orders for all using (true);
drop policy anything on public.orders;
create policy anything on public.orders for all to authenticated using ((select auth.uid()) = user_id);
