-- finds: auth_rls_init_plan_public_notes_claimed
-- finds: auth_rls_init_plan_public_notes_member
-- finds: auth_rls_init_plan_public_notes_mine
-- finds: auth_rls_init_plan_public_notes_ours
create table public.notes (id int primary key, owner uuid, team text);
alter table public.notes enable row level security;
create policy mine on public.notes for select using (owner = auth.uid());
-- One call is wrapped, the other is not.
create policy ours on public.notes for insert with check (
    owner = (select auth.uid()) and team = (auth.jwt() ->> 'team')
);
create policy claimed on public.notes for delete using (team = current_setting('app.team', true));
create policy member on public.notes for update using (
    exists (select from public.notes as n where n.owner = auth.uid())
);
