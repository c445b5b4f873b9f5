create function public.total() returns bigint language sql security definer as 'select count(*) from orders';
