refresh materialized view concurrently public.totals;
create materialized view public.fresh as select 1 as one;
refresh materialized view public.fresh;
