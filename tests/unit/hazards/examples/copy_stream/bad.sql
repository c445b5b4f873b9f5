copy public.orders (id, note) from stdin;
