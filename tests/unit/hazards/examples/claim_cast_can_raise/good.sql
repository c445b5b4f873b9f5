create policy org on public.orders for select to authenticated
    using (org_id::text = (select auth.jwt() ->> 'org_id'));
create policy own on public.orders for select to authenticated using (user_id = (select auth.jwt() ->> 'sub')::uuid);
create policy tenant on public.orders for select to authenticated
    using (tenant_id = (select nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'tenant'));
