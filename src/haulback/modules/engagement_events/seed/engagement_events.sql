-- Development only: two users with two weeks of events each. Loads any number of times, since every id
-- is made from what the row is.
insert into auth.users (id, aud, role, email, created_at, updated_at)
values
  ('11111111-1111-4111-8111-111111111111', 'authenticated', 'authenticated', 'seed.ada@example.test',
    pg_catalog.now(), pg_catalog.now()),
  ('22222222-2222-4222-8222-222222222222', 'authenticated', 'authenticated', 'seed.ben@example.test',
    pg_catalog.now(), pg_catalog.now())
on conflict (id) do nothing;

insert into public.engagement_events (id, user_id, "timestamp", event_type, value)
select
  pg_catalog.md5('seed ' || u.id::text || d.days_ago::text || e.event_type)::uuid,
  u.id,
  pg_catalog.now() - pg_catalog.make_interval(days => d.days_ago, hours => e.hour),
  e.event_type,
  e.value
from (
  values
    ('11111111-1111-4111-8111-111111111111'::uuid),
    ('22222222-2222-4222-8222-222222222222'::uuid)
) u (id)
cross join pg_catalog.generate_series(0, 13) d (days_ago)
cross join (
  values
    ('app_open', 1, '{"source": "icon"}'::jsonb),
    ('steps_import', 2, '{"steps": 7200, "source": "health_kit"}'::jsonb),
    ('mood_log', 3, '{"score": 4}'::jsonb),
    ('sleep_log', 9, '{"minutes": 440, "quality": 3}'::jsonb)
) e (event_type, hour, value)
on conflict (id) do nothing;
