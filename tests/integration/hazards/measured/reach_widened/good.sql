create policy own_recent on public.private_notes for select to authenticated using ((select auth.uid()) = user_id and id > 0);
