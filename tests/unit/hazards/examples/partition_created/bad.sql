create table public.readings_2026 partition of public.readings for values from ('2026-01-01') to ('2027-01-01');
