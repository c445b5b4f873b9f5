alter table public.readings detach partition public.readings_2018;
create table public.readings (at date not null) partition by range (at);
