create policy own_orders on public.orders for update to authenticated
    using (auth.uid() = user_id and (auth.jwt() ->> 'aal') = 'aal2')
    with check (current_setting('app.tenant (id)', true) = tenant);
