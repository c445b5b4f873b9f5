create function public.total() returns bigint language sql security definer as 'select count(*) from orders';
create or replace function public.total() returns bigint language sql security definer set search_path = ''
    as 'select count(*) from public.orders';
