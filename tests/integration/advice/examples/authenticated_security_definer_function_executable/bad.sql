-- finds: authenticated_security_definer_function_executable_public_everything_a integer, b text
create function public.everything(a int, b text default '') returns int language sql security definer
    set search_path = '' as 'select 1';
