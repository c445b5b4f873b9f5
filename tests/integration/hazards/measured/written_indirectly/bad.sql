delete from public.written_parent where id = 1;
