create policy everyone on public.orders for select to anon using (1 = 1);
