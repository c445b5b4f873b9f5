create policy admins on public.orders for all to authenticated
    using ((select auth.jwt() -> 'app_metadata' ->> 'role') = 'admin');
create policy themes on public.themes for select to authenticated using (user_metadata ->> 'color' = 'blue');
