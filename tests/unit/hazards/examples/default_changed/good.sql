alter table orders add column channel text;
alter table orders alter column channel set default 'shop';
