create table public.fresh (id bigint primary key);
alter table public.fresh set access method columnar;
