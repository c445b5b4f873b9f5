create table public.fresh (id bigint primary key);
alter table public.fresh set tablespace archive;
reindex (tablespace fast) index concurrently public.orders_note;
