create policy "Service can insert" on public.orders for insert to authenticated with check (true);
