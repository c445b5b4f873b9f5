create table public.contract_broken (id bigint primary key, title text not null, body text not null);
grant select, insert on public.contract_broken to authenticated;
