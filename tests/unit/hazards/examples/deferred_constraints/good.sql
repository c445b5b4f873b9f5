set constraints orders_customer_fkey deferred;
insert into orders (id, customer) values (1, 7);
insert into customers (id) values (7);
set constraints orders_customer_fkey immediate;
