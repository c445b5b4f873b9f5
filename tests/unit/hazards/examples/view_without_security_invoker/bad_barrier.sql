create view public.totals (who, total) with (security_barrier) as
    select user_id, sum(amount) from public.orders group by user_id;
