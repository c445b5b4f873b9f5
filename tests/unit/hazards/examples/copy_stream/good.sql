insert into public.orders (id, note) values (1, 'a'), (2, 'b');
copy public.orders from '/srv/orders.csv' csv;
