delete from public.written_far_away where parent = 2;
delete from public.written_parent where id = 2;
