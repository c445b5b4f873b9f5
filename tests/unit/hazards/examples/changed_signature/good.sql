create or replace function order_state(order_id bigint) returns text language sql stable set search_path = ''
as 'select 1::text';
create or replace function public.order_state(order_id bigint) returns text language sql stable set search_path = ''
as 'select 2::text';
drop function order_state(bigint);
create function order_state(order_id bigint) returns setof text language sql stable set search_path = ''
as 'select 2::text';
