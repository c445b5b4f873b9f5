do $$ begin execute format('create index on public.%I (email)', 'built_inside'); end $$;
