alter table orders alter column channel set default 'web';
alter table orders alter column channel set not null;
