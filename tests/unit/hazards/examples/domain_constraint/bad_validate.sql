alter domain public.email validate constraint has_at;
