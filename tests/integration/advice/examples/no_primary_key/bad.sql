create table public.visits (at timestamptz not null, path text);
create unique index on public.visits (at);
