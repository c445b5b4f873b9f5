create table orders (id int primary key);
alter table orders owner to shop;
grant select, insert on orders to shop;
