begin isolation level serializable;
update public.orders set total = 0 where total is null;
commit;
