create view recent_orders (id, state) as select id, customer from orders;
create or replace view recent_orders as select id from orders;
