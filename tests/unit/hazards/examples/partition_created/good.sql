create table public.readings_2026 (like public.readings including defaults including constraints);
alter table public.readings attach partition public.readings_2026 for values from ('2026-01-01') to ('2027-01-01');
create table public.fresh (at date) partition by range (at);
create table public.fresh_2026 partition of public.fresh for values from ('2026-01-01') to ('2027-01-01');
