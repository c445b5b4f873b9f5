create table public.written_parent (id bigint primary key);
create table public.written_far_away (id bigint primary key, parent bigint references public.written_parent on delete cascade);
insert into public.written_parent values (1), (2);
insert into public.written_far_away values (1, 1), (2, 2);
