begin;
savepoint before;
alter table public.orders add column note text;
rollback to before;
commit;
