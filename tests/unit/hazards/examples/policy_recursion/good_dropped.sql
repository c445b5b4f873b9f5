create policy team on public.members for select to authenticated
    using (exists (select from public.members as m where m.team_id = members.team_id));
drop policy team on public.members;
