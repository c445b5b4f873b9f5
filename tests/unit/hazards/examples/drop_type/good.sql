alter type mood rename to mood_old;
create type mood as enum ('good', 'bad');
alter table people alter column mood type mood using mood::text::mood;
drop type mood_old;
drop type if exists public.speed;
create type public.speed as enum ('slow', 'fast');
