alter table orders disable trigger touch;
update orders set channel = 'web' where channel is null;
alter table orders enable trigger touch;
