create policy coaches on public.orders for select to authenticated using (exists (
    select from auth.users where id = (select auth.uid()) and raw_user_meta_data ->> 'role' = 'coach'));
