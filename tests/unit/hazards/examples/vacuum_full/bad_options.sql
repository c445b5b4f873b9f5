vacuum (full true, analyze) public.orders, public.customers;
