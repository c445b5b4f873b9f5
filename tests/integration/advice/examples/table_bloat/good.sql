create table public.pages (id int primary key, body text);
alter table public.pages alter column body set storage plain;
insert into public.pages select n, repeat('x', 7900) from generate_series(1, 3000) as n;
analyze public.pages;
create table public.loose (id int primary key, body text) with (fillfactor = 10);
alter table public.loose alter column body set storage plain;
insert into public.loose select n, repeat('x', 300) from generate_series(1, 6000) as n;
analyze public.loose;
