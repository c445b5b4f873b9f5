drop function if exists order_total(bigint);
create function order_total(bigint, text) returns numeric language sql stable set search_path = '' as 'select 1.0';
