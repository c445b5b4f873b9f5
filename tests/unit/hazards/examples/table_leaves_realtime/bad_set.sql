alter publication supabase_realtime set table public.messages;
