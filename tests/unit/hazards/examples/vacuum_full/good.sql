vacuum (analyze, full off) public.orders;
