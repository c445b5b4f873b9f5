alter table public.orders set access method columnar;
