update orders set currency = 'EUR' where currency is null;
alter table orders add column total numeric;
update orders set total = price * amount;
