create index readings_at on only public.readings (at);
create index concurrently readings_2025_at on public.readings_2025 (at);
alter index public.readings_at attach partition public.readings_2025_at;
