create view recent_orders as select id, customer, state from orders;
create or replace view recent_orders as select id, state from orders;
