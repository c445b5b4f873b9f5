alter domain public.email set not null;
