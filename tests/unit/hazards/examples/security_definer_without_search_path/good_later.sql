create function public.total() returns bigint language sql security definer as 'select count(*) from orders';
alter function public.total() set search_path = public, pg_temp;
