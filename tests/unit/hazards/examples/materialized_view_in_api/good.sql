create materialized view private.totals as select user_id, sum(amount) as total from public.orders group by user_id;
create materialized view public.totals as select user_id, sum(amount) as total from public.orders group by user_id;
revoke all on public.totals from anon, authenticated;
