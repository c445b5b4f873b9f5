create function public.next_code() returns text language sql as $$ select 'x' $$;
alter table public.orders add column seen timestamptz default now(), add column code text default lower(public.next_code());
