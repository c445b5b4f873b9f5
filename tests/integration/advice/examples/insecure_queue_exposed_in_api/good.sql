create extension pgmq;
select pgmq.create('orders');
grant select on pgmq.q_orders, pgmq.a_orders to authenticated;
alter table pgmq.q_orders enable row level security;
select pgmq.create('ours');
