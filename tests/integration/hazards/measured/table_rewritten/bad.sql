do $$ begin execute format('alter table public.%I alter amount type bigint', 'rewritten_inside'); end $$;
