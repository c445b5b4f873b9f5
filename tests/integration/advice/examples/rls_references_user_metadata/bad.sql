-- finds: rls_references_user_metadata_public_notes_account
-- finds: rls_references_user_metadata_public_notes_claim
-- finds: rls_references_user_metadata_public_notes_token
create table public.notes (id int primary key);
alter table public.notes enable row level security;
create policy token on public.notes for select using (
    ((select auth.jwt()) -> 'user_metadata' ->> 'role') = 'admin'
);
create policy claim on public.notes for insert with check (
    (current_setting('request.jwt.claims', true)::jsonb -> 'user_metadata' ->> 'role') = 'admin'
);
create policy account on public.notes for delete using (
    exists (select from auth.users as u where u.id = (select auth.uid()) and u.raw_user_meta_data ->> 'role' = 'admin')
);
