update public.orders set note = 'a', state = 'open', note = 'b' where id = 1;
