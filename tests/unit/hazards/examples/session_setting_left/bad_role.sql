set role editor;
create table public.fresh (id bigint primary key);
reset search_path;
