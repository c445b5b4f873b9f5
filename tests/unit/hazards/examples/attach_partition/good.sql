alter table public.readings_2025 add constraint readings_2025_at
    check (at is not null and at >= '2025-01-01' and at < '2026-01-01') not valid;
commit;
alter table public.readings_2025 validate constraint readings_2025_at;
commit;
alter table public.readings attach partition public.readings_2025 for values from ('2025-01-01') to ('2026-01-01');
create table public.readings_2026 (like public.readings);
alter table public.readings attach partition public.readings_2026 for values from ('2026-01-01') to ('2027-01-01');
