create policy anything on public.orders for all using (true);
