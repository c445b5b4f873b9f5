alter table orders drop constraint if exists orders_state_check;
alter table orders add constraint orders_state_check check (state in ('new', 'paid')) not valid;
