select 1;
alter table public.scanned_parent add constraint amount_is check (amount > 0);
