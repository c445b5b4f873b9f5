create index concurrently built_inside_email on public.built_inside (email);
