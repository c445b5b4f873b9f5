-- Act 3: five small files; the process that deploys them is killed in between.
create table public.event_labels (
  event_type text primary key,
  label text not null
);
alter table public.event_labels enable row level security;
create policy event_labels_read on public.event_labels for select to anon, authenticated using (true);
grant select on public.event_labels to anon, authenticated;
