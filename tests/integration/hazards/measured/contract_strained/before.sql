create type public.contract_mood as enum ('good', 'bad');
create table public.contract_strained (id bigint primary key, mood public.contract_mood not null);
grant select, insert on public.contract_strained to authenticated;
