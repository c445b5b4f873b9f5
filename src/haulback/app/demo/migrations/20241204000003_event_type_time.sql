create index concurrently idx_engagement_events_type_time
  on public.engagement_events (event_type, "timestamp");
