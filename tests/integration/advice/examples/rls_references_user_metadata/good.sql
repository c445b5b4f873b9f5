create table public.notes (id int primary key, user_metadata jsonb);
alter table public.notes enable row level security;
create policy token on public.notes for select using (
    ((select auth.jwt()) -> 'app_metadata' ->> 'role') = 'admin'
);
create policy own_column on public.notes for insert with check (user_metadata ? 'x');
