alter table public.locked_far_away alter id set default 2;
