create table public.orders (id bigint primary key, user_id uuid);
alter table public.orders enable row level security;
create policy own_orders on public.orders for select to authenticated using (open and (select auth.uid()) = user_id);
