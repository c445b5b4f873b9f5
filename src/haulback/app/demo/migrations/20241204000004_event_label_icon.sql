alter table public.event_labels add column icon text not null default 'dot';
