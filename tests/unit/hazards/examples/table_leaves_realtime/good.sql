alter publication supabase_realtime add table public.messages;
create table public.fresh (id bigint primary key);
alter publication supabase_realtime add table public.fresh;
alter publication supabase_realtime drop table public.fresh;
