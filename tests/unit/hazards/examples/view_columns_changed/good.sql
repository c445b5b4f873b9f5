create view recent_orders as select o.id, o.state, count(*) from orders as o group by 1, 2;
create or replace view recent_orders as select id, upper(state) as state, count(*), max(id) as last from orders group by 1, 2;
drop view recent_orders;
create or replace view recent_orders as select state from orders;
