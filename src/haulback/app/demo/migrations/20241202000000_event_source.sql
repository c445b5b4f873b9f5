-- Where an event came from; imports fill it, the app does not know it yet.
alter table public.engagement_events add column source text;
