-- finds: unused_index_public_by_day_by_day_path_idx
-- finds: unused_index_public_visits_visits_path_idx
create table public.visits (id int primary key, path text, day date);
create index on public.visits (path);
create table public.by_day (id int, day date, path text) partition by range (day);
create table public.by_day_1 partition of public.by_day for values from ('2026-01-01') to ('2026-02-01');
create index on public.by_day (path);
