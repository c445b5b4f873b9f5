alter table orders add column channel text;
update orders set channel = 'web' where channel is null;
alter table orders alter column channel set not null;
