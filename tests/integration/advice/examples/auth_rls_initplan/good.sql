create table public.notes (id int primary key, owner uuid, team text);
alter table public.notes enable row level security;
create policy mine on public.notes for select using (owner = (select auth.uid()));
create policy ours on public.notes for insert with check (team = (select auth.jwt() ->> 'team'));
create policy "said 'auth.uid()'" on public.notes for update using (team <> 'auth.uid()');
create policy claimed on public.notes for delete using (
    owner = (select coalesce(nullif(current_setting('app.owner', true), '')::uuid, auth.uid()))
);
create policy member on public.notes for select using (
    exists (select from public.notes as n where n.owner = (select auth.uid()))
);
-- Not asked at all.
create table public.off (id int primary key, owner uuid);
create policy mine on public.off using (owner = auth.uid());
