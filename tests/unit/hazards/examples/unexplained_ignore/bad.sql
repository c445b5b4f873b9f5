drop table public.orders; -- haulback:ignore drop-table
