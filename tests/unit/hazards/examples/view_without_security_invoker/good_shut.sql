create view public.totals as select user_id from public.orders;
revoke all on public.totals from anon, authenticated;
