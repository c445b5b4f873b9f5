update public.orders set note = '' where note is null;
create trigger orders_touch before update on public.orders for each row execute function public.touch();
create table public.fresh (id bigint primary key);
insert into public.settings (name, value) values ('a', '1');
