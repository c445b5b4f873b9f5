create function public.mine() returns int language sql set search_path = '' as 'select 1';
create function public.ours() returns int language sql security definer set search_path = '' as 'select 1';
revoke execute on function public.ours() from public, authenticated;
create function public.on_change() returns trigger language plpgsql security definer set search_path = ''
    as 'begin return new; end';
create schema private;
create function private.ours() returns int language sql security definer set search_path = '' as 'select 1';
