create trigger orders_touch before update on public.orders for each row execute function public.touch();
update public.orders set note = '' where note is null;
