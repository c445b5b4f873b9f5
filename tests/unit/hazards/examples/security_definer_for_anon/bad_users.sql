create function public.known(address text) returns boolean language sql security definer set search_path = ''
    as 'select exists (select from auth.users where email = address)';
