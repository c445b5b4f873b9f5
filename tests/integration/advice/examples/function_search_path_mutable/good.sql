create function public.one() returns int language sql set search_path = '' as 'select 1';
create procedure public.two(a int) language plpgsql set search_path = 'public' as 'begin end';
create function public.three() returns int language sql return 3;
create aggregate public.total(int) (sfunc = int4pl, stype = int);
