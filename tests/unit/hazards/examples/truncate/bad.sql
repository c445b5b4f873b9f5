truncate imports, public.parts restart identity;
