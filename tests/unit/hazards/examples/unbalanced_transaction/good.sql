begin;
savepoint before;
alter table public.orders add column note text;
release before;
commit;
alter table public.orders add column remark text;
commit;
