alter table public.orders add constraint orders_total_check check (total >= 0) not valid;
commit;
alter table public.orders validate constraint orders_total_check;
create table public.fresh (id bigint primary key);
alter table public.fresh add constraint positive check (id > 0);
alter foreign table public.elsewhere add constraint positive check (id > 0);
