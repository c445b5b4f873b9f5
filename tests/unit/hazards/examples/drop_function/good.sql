drop function if exists order_total(bigint);
create function order_total(order_id bigint) returns numeric language sql stable set search_path = '' as 'select 1.0';
create function scratch() returns int language sql set search_path = '' as 'select 1';
drop function scratch();
