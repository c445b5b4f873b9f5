create view open_orders with (security_invoker = true) as select * from recent_orders;
