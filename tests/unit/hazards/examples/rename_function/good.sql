alter function order_total(bigint) rename to total_of_order;
create function order_total(order_id bigint) returns numeric language sql stable set search_path = ''
as 'select public.total_of_order(order_id)';
