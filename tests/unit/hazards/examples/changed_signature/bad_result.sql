create function order_state(order_id bigint) returns text language sql stable set search_path = '' as 'select 1::text';
create or replace function order_state(order_id bigint) returns int language sql stable set search_path = '' as 'select 1';
