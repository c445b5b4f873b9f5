alter type public.mood add value if not exists 'calm' after 'happy';
update public.people set mood = 'happy' where mood is null;
create function public.calm() returns text language sql as $$ select 'calm' $$;
create type public.fresh as enum ('one');
