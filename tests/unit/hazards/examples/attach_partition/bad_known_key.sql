create table public.readings (at date not null, "Place" text) partition by list ("Place");
alter table public.readings attach partition public.readings_north for values in ('Oslo', 'Bergen');
