create function public.total() returns bigint language sql security definer
begin atomic
    select count(*) from public.orders;
end;
