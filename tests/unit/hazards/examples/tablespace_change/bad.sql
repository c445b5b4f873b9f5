alter table public.orders set tablespace archive;
