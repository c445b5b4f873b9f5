create schema shop;
create view shop.orders with (security_invoker = true) as select * from store.orders;
