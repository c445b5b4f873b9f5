alter domain public.positive add constraint positive_is check (value > 0); -- scans scanned_inside
alter table public.scanned_inside add constraint amount_is check (amount > 0);
