-- The shop that every statement of hazards.sql is for.
create type public.mood as enum ('glad', 'sad');
create domain public.positive as integer;
create table public.customers (
  id bigint generated always as identity primary key,
  email text not null,
  name varchar(100),
  share public.positive,
  user_id uuid references auth.users (id) on delete cascade,
  created_at timestamptz not null default now()
);
create index customers_user_id on public.customers (user_id);
create table public.orders (
  id bigint generated always as identity primary key,
  customer_id bigint not null references public.customers (id),
  amount integer not null default 0,
  note text,
  feeling public.mood,
  placed_on date not null default current_date,
  constraint orders_amount_small check (amount < 1000000)
);
create index orders_customer_id on public.orders (customer_id);
create unique index orders_note on public.orders (note);
create table public.lines (
  id bigint generated always as identity primary key,
  order_id bigint,
  product bigint,
  pieces integer
);
create index lines_order_id on public.lines (order_id);
create table public.events (id bigint not null, at timestamptz not null, kind text, primary key (id, at))
  partition by range (at);
create table public.events_2026 partition of public.events for values from ('2026-01-01') to ('2027-01-01');
create table public.events_2027 (id bigint not null, at timestamptz not null, kind text, primary key (id, at));
create view public.totals with (security_invoker = true) as
  select customer_id, sum(amount) as total from public.orders group by customer_id;
create materialized view public.monthly as select date_trunc('month', placed_on) as month, sum(amount) as total
  from public.orders group by 1;
create unique index monthly_month on public.monthly (month);
create sequence public.tickets;
create function public.order_total(bigint) returns integer language sql stable set search_path = ''
  as 'select o.amount from public.orders as o where o.id = $1';
create function public.touch() returns trigger language plpgsql set search_path = ''
  as 'begin return new; end';
create trigger touch before update on public.orders for each row execute function public.touch();
alter table public.customers enable row level security;
alter table public.orders enable row level security;
alter table public.lines enable row level security;
create policy own on public.customers for all to authenticated using ((select auth.uid()) = user_id);
create policy own on public.orders for select to authenticated
  using (customer_id in (select c.id from public.customers as c where c.user_id = (select auth.uid())));
create schema archive;
create table archive.old_orders (id bigint primary key, note text);
insert into public.customers (email, name) select 'c' || n || '@example.invalid', 'c' || n
  from pg_catalog.generate_series(1, 50) as n;
insert into public.orders (customer_id, amount, note) select n, n, 'note ' || n from pg_catalog.generate_series(1, 50) as n;
insert into public.lines (order_id, product, pieces) select n, n, n from pg_catalog.generate_series(1, 50) as n;
