create policy tenant on public.orders for select to authenticated
    using (tenant_id = (current_setting('request.jwt.claims')::json ->> 'tenant'));
