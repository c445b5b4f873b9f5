create table public.orders (id int primary key, amount int);
alter table public.orders add constraint positive check (amount > 0) not valid;
alter table public.orders validate constraint positive;
alter table public.orders add constraint known check (amount <> 7) not enforced;
