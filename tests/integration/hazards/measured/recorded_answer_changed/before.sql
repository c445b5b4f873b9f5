create table public.recorded_answer (id bigint primary key, owner uuid, note text);
alter table public.recorded_answer enable row level security;
create policy everybody on public.recorded_answer for select to anon using (true);
grant select on public.recorded_answer to anon;
insert into public.recorded_answer values (1, null, 'one'), (2, null, 'two');
