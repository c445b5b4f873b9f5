create table public.fresh (id bigint primary key);
vacuum public.orders;
insert into public.fresh values (1);
