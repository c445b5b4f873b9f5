grant all on public.orders to anon;
revoke all on public.orders from anon;
