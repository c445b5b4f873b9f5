create trigger orders_touch before update on public.orders for each row execute function public.touch();
create table public.fresh (id bigint primary key, at date);
create index fresh_at on public.fresh (at);
insert into public.fresh select id, at from public.orders;
