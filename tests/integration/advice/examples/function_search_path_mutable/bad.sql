-- finds: function_search_path_mutable_public_one_95adb6e77a0884d9e50232cb8c5c969d
-- finds: function_search_path_mutable_public_two_eeed07a14aeaeeb701dbda3c62e8ac5c
create function public.one() returns int language sql as 'select 1';
create procedure public.two(a int) language plpgsql set work_mem = '8MB' as 'begin end';
