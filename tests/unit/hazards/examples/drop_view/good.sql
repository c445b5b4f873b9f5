drop view if exists recent_orders;
create view recent_orders with (security_invoker = true) as select 1 as id;
