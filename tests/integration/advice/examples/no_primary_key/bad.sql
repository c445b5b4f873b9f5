-- finds: no_primary_key_public_visits
create table public.visits (at timestamptz not null, path text);
create unique index on public.visits (at);
