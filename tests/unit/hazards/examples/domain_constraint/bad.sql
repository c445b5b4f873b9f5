alter domain public.email add constraint has_at check (value like '%@%');
