alter table orders add constraint orders_amount_check check (amount > 0) not valid;
