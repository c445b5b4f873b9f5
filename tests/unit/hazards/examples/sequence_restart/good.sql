select setval('orders_id_seq', (select coalesce(max(id), 1) from orders));
