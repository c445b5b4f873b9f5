alter table public.scanned_inside add constraint amount_is check (amount > 0) not valid;
