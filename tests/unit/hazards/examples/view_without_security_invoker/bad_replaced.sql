create view public.totals with (security_invoker = on) as select user_id from public.orders;
create or replace view public.totals as select user_id from public.orders where amount > 0;
