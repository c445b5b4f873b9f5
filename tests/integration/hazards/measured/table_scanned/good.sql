alter table public.scanned_parent add constraint amount_is check (amount > 0) not valid;
