begin;
alter type public.mood add value 'calm';
commit;
begin;
update public.people set mood = 'calm' where mood is null;
commit;
