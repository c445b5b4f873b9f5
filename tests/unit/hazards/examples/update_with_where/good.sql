alter table orders add column sent boolean;
update orders set sent = true where state = 'sent';
