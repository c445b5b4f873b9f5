create table public.readings (at date not null) partition by range (at);
alter table public.readings attach partition public.readings_later for values from ('2030-01-01') to (maxvalue);
