alter table orders alter column id restart with 1000;
select setval('orders_id_seq', 1, false);
