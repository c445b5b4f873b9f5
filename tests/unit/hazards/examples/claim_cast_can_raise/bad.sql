create policy org on public.orders for select to authenticated using (org_id = (auth.jwt() ->> 'org_id')::uuid);
