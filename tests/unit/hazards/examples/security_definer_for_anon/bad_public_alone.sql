create function public.total() returns bigint language sql security definer set search_path = ''
    as 'select count(*) from public.orders';
revoke execute on function public.total() from public;
