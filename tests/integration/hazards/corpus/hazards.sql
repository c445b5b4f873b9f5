-- expect: drop-table
drop table public.lines;
-- expect: drop-column
alter table public.orders drop column note;
-- expect: drop-schema
drop schema archive cascade;
-- expect: drop-type
drop type public.mood cascade;
-- expect: drop-sequence
drop sequence public.tickets;
-- expect: drop-materialized-view
drop materialized view public.monthly;
-- expect: drop-view
drop view public.totals;
-- expect: drop-function
drop function public.order_total(bigint);
-- expect: drop-trigger
drop trigger touch on public.orders;
-- expect: drop-constraint
alter table public.orders drop constraint orders_amount_small;
-- expect: drop-policy
drop policy own on public.orders;
-- expect: drop-owned
drop owned by service_role;
-- expect: drop-default
alter table public.orders alter column amount drop default;
-- expect: drop-not-null
alter table public.orders alter column amount drop not null;
-- expect: truncate
truncate public.lines;
-- expect: truncate-cascade
truncate public.customers cascade;
-- expect: delete-without-where
delete from public.lines;
-- expect: update-without-where
update public.lines set pieces = 0;
-- expect: dynamic-sql
do $$ declare t text; begin for t in select 'archive.old_orders' loop execute 'drop table ' || t; end loop; end $$;
-- expect: rename-table
alter table public.lines rename to order_lines;
-- expect: rename-column
alter table public.orders rename column note to remark;
-- expect: set-schema
alter table public.lines set schema archive;
-- expect: add-required-column
alter table public.orders add column currency text not null;
-- expect: disable-trigger
alter table public.orders disable trigger touch;
-- expect: session-replication-role
set session_replication_role = replica;
-- expect: replica-identity
alter table public.orders replica identity nothing;
-- expect: disable-row-security
alter table public.orders disable row level security;
-- expect: index-not-concurrent
create index orders_placed_on on public.orders (placed_on);
-- expect: index-not-concurrent
create unique index customers_email on public.customers (email);
-- expect: type-change
alter table public.lines alter column pieces type bigint;
-- expect: volatile-default
alter table public.lines add column token uuid default gen_random_uuid();
-- expect: stored-generated
alter table public.orders add column doubled integer generated always as (amount * 2) stored;
-- expect: serial-added
alter table public.orders add column number serial;
-- expect: set-not-null
alter table public.orders alter column note set not null;
-- expect: check-validates
alter table public.orders add constraint orders_amount_check check (amount >= 0);
-- expect: foreign-key-validates
alter table public.lines add constraint lines_order_id_fkey foreign key (order_id) references public.orders (id);
-- expect: unique-constraint
alter table public.customers add constraint customers_email_key unique (email);
-- expect: exclusion-constraint
alter table public.lines add constraint one_each exclude using btree (product with =);
-- expect: attach-partition
alter table public.events attach partition public.events_2027 for values from ('2027-01-01') to ('2028-01-01');
-- expect: detach-partition
alter table public.events detach partition public.events_2026;
-- expect: persistence-change
alter table public.lines set unlogged;
-- expect: cluster
cluster public.orders using orders_customer_id;
-- expect: vacuum-full
vacuum full public.lines;
-- expect: refresh-not-concurrent
refresh materialized view public.monthly;
-- expect: reindex-not-concurrent
reindex table public.lines;
-- expect: drop-index
drop index public.orders_note;
-- expect: lock-table
lock table public.orders in access exclusive mode;
-- expect: domain-constraint
alter domain public.positive add constraint positive_check check (value > 0);
-- expect: table-without-row-security
create table public.secrets (id bigint generated always as identity primary key, secret text);
-- expect: policy-always-true
create policy anybody on public.orders for update to anon using (true);
-- expect: policy-for-public
create policy mine on public.lines for select using (pieces > 0);
-- expect: policy-per-row-function
create policy mine on public.customers for select to authenticated using (auth.uid() = user_id);
-- expect: policy-on-user-metadata
create policy admins on public.orders for select to authenticated using ((select auth.jwt() -> 'user_metadata' ->> 'role') = 'admin');
-- expect: claim-cast-can-raise
create policy org on public.orders for select to authenticated using (((select auth.jwt()) ->> 'org')::bigint = customer_id);
-- expect: grant-to-anon
grant all on public.orders to anon;
-- expect: security-definer-without-search-path
create function public.raise_total(bigint) returns integer language sql security definer as 'select 1';
-- expect: view-without-security-invoker
create view public.plain as select id, note from public.orders;
-- expect: view-over-auth-users
create view public.people with (security_invoker = true) as select id, email from auth.users;
-- expect: table-leaves-realtime
alter publication supabase_realtime drop table public.orders;
-- expect: foreign-key-without-index
create table archive.notes (id bigint primary key, order_id bigint references public.orders (id));
-- expect: missing-primary-key
create table archive.loose (id bigint, note text);
-- expect: upsert-overwrites
insert into public.lines (id, product) overriding system value values (1, 2) on conflict (id) do update set product = excluded.product;
-- expect: delete-with-where
delete from public.lines where pieces > 40;
-- expect: update-with-where
update public.orders set note = 'x' where amount > 40;
-- expect: timestamp-without-time-zone
create table archive.times (id bigint primary key, at timestamp);
-- expect: rename-enum-value
alter type public.mood rename value 'sad' to 'blue';
