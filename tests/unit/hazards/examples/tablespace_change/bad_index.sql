alter index public.orders_note set tablespace fast;
