insert into auth.users (id, email) values
  ('11111111-1111-4111-8111-111111111111', 'a@example.invalid'),
  ('22222222-2222-4222-8222-222222222222', 'b@example.invalid');
create table public.private_notes (id bigint primary key, user_id uuid not null references auth.users, note text);
alter table public.private_notes enable row level security;
create policy own on public.private_notes for select to authenticated using ((select auth.uid()) = user_id);
insert into public.private_notes values
  (1, '11111111-1111-4111-8111-111111111111', 'a'),
  (2, '22222222-2222-4222-8222-222222222222', 'b');
