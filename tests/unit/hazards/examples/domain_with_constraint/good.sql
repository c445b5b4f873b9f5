create table public.people (id bigint primary key, email text check (email like '%@%'));
create domain public.label as text;
