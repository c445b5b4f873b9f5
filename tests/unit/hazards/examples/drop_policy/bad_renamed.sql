drop policy "own rows" on orders;
create policy "my rows" on orders for select to authenticated using (customer = (select auth.uid()));
