create table if not exists orders (id int primary key, note varchar(10));
alter table orders add column extra int;
alter table orders alter column extra type bigint;
