-- Takes back 20241201000300_engagement_events_monitoring.
drop view public.engagement_events_index_usage;
drop view public.engagement_events_performance;
