create view public.labelled_events with (security_invoker = true) as
  select e.id, e."timestamp", l.label, l.icon
    from public.engagement_events as e
    join public.event_labels as l on l.event_type = e.event_type;
grant select on public.labelled_events to authenticated;
