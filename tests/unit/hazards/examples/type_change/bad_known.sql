alter table public.orders add column size int;
alter table public.orders alter column size type bigint, alter column size type varchar(10);
