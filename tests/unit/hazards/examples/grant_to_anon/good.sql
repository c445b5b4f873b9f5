grant select, insert on public.orders to authenticated;
grant usage on schema public to anon;
revoke all on public.orders from anon;
