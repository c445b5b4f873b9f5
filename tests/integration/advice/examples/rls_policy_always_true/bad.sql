-- finds: rls_policy_always_true_public_notes_changed
-- finds: rls_policy_always_true_public_notes_everything
-- finds: rls_policy_always_true_public_notes_unsaid
-- finds: rls_policy_always_true_public_notes_written
create table public.notes (id int primary key, owner uuid);
alter table public.notes enable row level security;
create policy written on public.notes for insert to authenticated with check (true);
create policy changed on public.notes for update to anon using (owner = (select auth.uid())) with check (1 = 1);
create policy everything on public.notes using (true);
create policy unsaid on public.notes for insert to anon;
