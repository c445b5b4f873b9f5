-- finds: invalid_index_public_visits_visits_id_idx
create table public.visits (id int, day date) partition by range (day);
create table public.visits_1 partition of public.visits for values from ('2026-01-01') to ('2026-02-01');
create index on only public.visits (id);
