create table public.notes (id int primary key, owner uuid);
alter table public.notes enable row level security;
create policy read on public.notes for select using (true);
create policy mine on public.notes using (owner = (select auth.uid()));
create policy service on public.notes to service_role using (true) with check (true);
create policy narrowed on public.notes as restrictive for update using (true);
create policy odd on public.notes for update using (1 = 2);
create table public.off (id int primary key);
create policy everything on public.off using (true);
