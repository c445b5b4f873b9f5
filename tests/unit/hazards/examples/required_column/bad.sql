alter table orders alter column channel set not null;
