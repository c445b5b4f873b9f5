-- Act 2. Looks harmless in a review: nobody reads `source`, and the support team "needs to see events".
alter table public.engagement_events drop column source;

create policy support_reads_events on public.engagement_events
  for select to authenticated using (true);
