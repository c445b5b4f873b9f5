grant select on public.orders to authenticated;
grant all on all tables in schema public to service_role;
grant usage on all sequences in schema public to authenticated;
