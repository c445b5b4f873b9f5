create policy members on public.orders for select to authenticated
    using (exists (select from public.members as m where m.team_id = orders.team_id and m.user_id = auth.uid()));
