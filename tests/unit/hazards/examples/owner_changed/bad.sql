alter table orders owner to shop;
