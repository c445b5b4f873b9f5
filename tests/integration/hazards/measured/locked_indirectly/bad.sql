select public.tidy();
