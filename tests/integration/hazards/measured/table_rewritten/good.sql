do $$ begin execute format('alter table public.%I alter amount set default 1', 'rewritten_inside'); end $$;
