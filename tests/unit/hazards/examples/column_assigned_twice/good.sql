update public.orders set note = 'a', state = 'open' where id = 1;
