alter table public.orders add column made_at timestamptz not null default now();
alter table public.orders add column token uuid;
alter table public.orders alter column token set default gen_random_uuid();
create function public.code() returns text language sql stable as $$ select 'x' $$;
alter table public.orders add column code text default public.code();
create table public.fresh (id bigint primary key);
alter table public.fresh add column token uuid default gen_random_uuid();
