drop index if exists orders_customer_idx;
create index orders_customer_idx on orders (customer, placed_at);
