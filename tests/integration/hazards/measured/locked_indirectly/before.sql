create table public.locked_far_away (id bigint primary key);
create function public.tidy() returns void language plpgsql as $$
begin
  alter table public.locked_far_away alter id set default 1;
end $$;
