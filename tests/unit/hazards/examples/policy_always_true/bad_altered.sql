alter policy own_orders on public.orders to public using (true);
