-- finds: unvalidated_constraint_public_orders_orders_first_fkey
-- finds: unvalidated_constraint_public_orders_positive
create table public.orders (id int primary key, amount int, first int);
alter table public.orders add constraint positive check (amount > 0) not valid;
alter table public.orders add foreign key (first) references public.orders not valid;
