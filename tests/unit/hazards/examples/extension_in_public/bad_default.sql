alter table public.orders enable row level security;
create extension citext;
