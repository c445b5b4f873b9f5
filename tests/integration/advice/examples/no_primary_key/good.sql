create table public.visits (id bigint primary key, at timestamptz not null);
create table public.by_day (id bigint, day date, primary key (id, day)) partition by range (day);
create table public.by_day_1 partition of public.by_day for values from ('2026-01-01') to ('2026-02-01');
create temporary table scratch (id int);
