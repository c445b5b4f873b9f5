alter sequence order_numbers rename to numbers;
alter role reporting rename to reports;
alter table orders rename constraint orders_customer_fkey to orders_buyer_fkey;
alter publication supabase_realtime rename to realtime;
