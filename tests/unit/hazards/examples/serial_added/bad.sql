alter table public.orders add column number bigserial;
