alter table orders alter column channel drop not null;
