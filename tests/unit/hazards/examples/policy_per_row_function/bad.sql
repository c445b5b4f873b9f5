create policy own_orders on public.orders for select to authenticated using (auth.uid() = user_id);
