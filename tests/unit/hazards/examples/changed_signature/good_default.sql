drop function if exists order_total(bigint);
create function order_total(order_id bigint, with_tax boolean default false) returns numeric
language sql stable set search_path = '' as 'select 1.0';
