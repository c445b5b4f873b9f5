create policy everybody on public.private_notes for select to authenticated using (user_id is not null);
