-- finds: table_bloat_public_pages
create table public.pages (id int primary key, body text);
alter table public.pages alter column body set storage plain;
insert into public.pages select n, repeat('x', 7900) from generate_series(1, 3600) as n;
delete from public.pages where id > 400;
analyze public.pages;
