create policy own on public.orders for select to authenticated using ((select auth.uid()) = user_id);
create function auth.team() returns bigint language sql as 'select 1';
create index users_note on auth.users (raw_user_meta_data);
