-- finds: unindexed_foreign_keys_public_orders_orders_person_fkey
create table public.people (id int primary key);
create table public.orders (id int primary key, person int references public.people, shipped boolean);
-- Neither helps: one begins elsewhere, one leaves rows out.
create index on public.orders (id, person);
create index on public.orders (person) where shipped;
