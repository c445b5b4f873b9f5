create policy admins on public.orders for all to authenticated
    using ((select auth.jwt() -> 'user_metadata' ->> 'role') = 'admin');
