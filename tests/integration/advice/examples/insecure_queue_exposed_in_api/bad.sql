-- finds: rls_disabled_in_public_pgmq_q_orders
-- The test tells the lint that the API serves pgmq_public.
create extension pgmq;
select pgmq.create('orders');
grant select on pgmq.q_orders to authenticated;
