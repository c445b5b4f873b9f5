create table public.fresh (id bigint primary key, note text);
alter table public.fresh add column more text;
insert into public.fresh select id, note from public.orders;
update public.fresh set more = note;
