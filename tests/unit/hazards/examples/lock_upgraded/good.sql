update public.orders set note = '' where note is null;
commit;
alter table public.orders alter column note set default '';
