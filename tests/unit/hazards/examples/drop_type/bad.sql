drop type if exists public.mood;
