create policy admins on public.orders for delete to authenticated
    using ((select auth.jwt() #>> '{user_metadata,role}') = 'admin');
