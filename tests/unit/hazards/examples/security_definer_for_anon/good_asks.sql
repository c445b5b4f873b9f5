create function public.mine() returns bigint language sql security definer set search_path = ''
    as 'select count(*) from public.orders where user_id = auth.uid()';
create function public.touched() returns trigger language plpgsql security definer set search_path = ''
    as 'begin return new; end';
