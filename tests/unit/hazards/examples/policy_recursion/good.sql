create policy team on public.members for select to authenticated using (team_id in (select private.teams_of_mine()));
create policy added on public.members for insert to authenticated
    with check (exists (select from public.members as m where m.team_id = members.team_id));
create policy shared on public.orders for select to authenticated using (id in (select order_id from public.shares));
create policy own on public.shares for select to anon using (order_id in (select id from public.orders));
create policy s on public.members for all to service_role using (exists (select from public.members as m where m.id = 1));
