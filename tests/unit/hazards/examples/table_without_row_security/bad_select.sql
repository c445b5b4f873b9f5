create table public.copies as select * from private.orders;
