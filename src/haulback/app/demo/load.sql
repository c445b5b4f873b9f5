-- name: users
-- The app as it was before the module: people, and a table of its own that they read and write.
insert into auth.users (id, email, aud, role)
select pg_catalog.gen_random_uuid(), 'user' || n || '@example.com', 'authenticated', 'authenticated'
  from pg_catalog.generate_series(1, %(users)s) as n;

-- name: notes
create table public.notes (
  id uuid primary key default pg_catalog.gen_random_uuid(),
  user_id uuid not null references auth.users on delete cascade,
  body text not null,
  at timestamptz not null default pg_catalog.now()
);
alter table public.notes enable row level security;
create policy own_notes on public.notes to authenticated
  using ((select auth.uid()) = user_id) with check ((select auth.uid()) = user_id);
create index notes_user_id on public.notes (user_id);

-- name: events
insert into public.engagement_events (user_id, "timestamp", event_type, value, source)
select u.id, pg_catalog.now() - pg_catalog.make_interval(mins => n), 'app_open',
       pg_catalog.jsonb_build_object('n', n), 'import-' || n
  from pg_catalog.generate_series(1, %(events)s) as n
  join (select a.id, pg_catalog.row_number() over (order by a.id) - 1 as place from auth.users as a) as u
    on u.place = n %% %(users)s;

-- name: sum
-- Order-free sum over what was loaded: key and value of the column that act 2 drops.
select count(*), coalesce(sum(pg_catalog.hashtextextended(e.id::text || '=' || coalesce(e.source, ''), 0)::numeric), 0)::text
  from public.engagement_events as e
 where e.source like 'import-%%';

-- name: people
select array(select a.id::text from auth.users as a order by a.id limit %(most)s);

-- name: missing
select count(*) from pg_catalog.unnest(%(ids)s::uuid[]) as w (id)
 where not exists (select from public.notes as n where n.id = w.id);

-- name: missing_events
select count(*) from pg_catalog.unnest(%(ids)s::uuid[]) as w (id)
 where not exists (select from public.engagement_events as e where e.id = w.id);
