-- What of the module engagement_events is here. Its marks are what only the module makes; one is enough, so that
-- a migration that drops another one does not hide the damage. Other projects have a table of that name too.
with events as (
    select pg_catalog.to_regclass('public.engagement_events') as oid
), columns as (
    select pg_catalog.array_agg(a.attname::text) as names
      from events as e
      join pg_catalog.pg_attribute as a on a.attrelid = e.oid and a.attnum > 0 and not a.attisdropped
)
select e.oid is not null
       and ('deleted_at' = any (c.names)
            or pg_catalog.to_regprocedure('public.soft_delete_event(uuid)') is not null
            or pg_catalog.to_regclass('public.engagement_events_archive') is not null) as is_module,
       coalesce(c.names @> array['id', 'user_id', 'event_type', 'value'], false) as is_like_it
  from events as e
 cross join columns as c
