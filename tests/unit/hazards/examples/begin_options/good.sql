begin;
update public.orders set total = 0 where total is null;
commit;
