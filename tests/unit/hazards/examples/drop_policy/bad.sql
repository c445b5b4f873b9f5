drop policy if exists "own rows" on public.orders;
