create unique index concurrently totals_customer on public.totals (customer);
refresh materialized view public.totals;
