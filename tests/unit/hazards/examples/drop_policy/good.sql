drop policy if exists "own rows" on public.orders;
create policy "own rows" on orders for select to authenticated using (customer = (select auth.uid()));
drop policy if exists "any" on visits;
drop table visits;
