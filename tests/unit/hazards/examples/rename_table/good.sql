alter table orders rename to purchases;
create view orders with (security_invoker = true) as select * from purchases;
create table prices_new (id int primary key);
alter table prices rename to prices_old;
alter table prices_new rename to prices;
