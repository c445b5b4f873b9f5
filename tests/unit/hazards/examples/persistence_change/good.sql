create unlogged table public.imports (id bigint primary key);
alter table public.imports set logged;
