create table public.client_need (id bigint primary key, body text);
grant select on public.client_need to authenticated;
