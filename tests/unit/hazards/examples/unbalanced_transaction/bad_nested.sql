begin;
alter table public.orders add column note text;
begin;
alter table public.orders add column remark text;
commit;
