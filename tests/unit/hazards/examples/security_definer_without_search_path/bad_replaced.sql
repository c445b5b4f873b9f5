alter function public.total() set search_path = '';
create or replace function public.total() returns bigint language plpgsql security definer as $$
begin
    return (select count(*) from orders); -- all of them
end
$$ -- with a comment at its end
;
