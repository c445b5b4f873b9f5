alter table public.orders add column note text;
alter table public.orders add column remark text;
create table public.fresh (id bigint primary key);
alter table public.fresh add column note text;
commit;
alter table public.customers add column note text;
commit;
alter table public.shops rename to stores;
alter table public.stores rename column name to title;
