create table public.events (id bigint, at timestamptz, primary key (id, at)) partition by range (at);
alter table public.events enable row level security;
create table public.events_2026 partition of public.events for values from ('2026-01-01') to ('2027-01-01');
