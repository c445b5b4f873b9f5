create policy org on public.orders for select to authenticated
    using (org_id = (select auth.jwt() -> 'app_metadata' ->> 'org_id')::bigint);
