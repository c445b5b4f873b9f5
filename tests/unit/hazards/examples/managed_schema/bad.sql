alter table public.orders enable row level security;
alter table auth.users add column nickname text;
