alter table public.orders enable row level security;
do $$
begin
  execute format('create policy all_rows on public.%I for select to authenticated using (owner_id = 1)', 'orders');
end
$$;
