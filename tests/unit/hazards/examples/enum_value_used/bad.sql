alter type public.mood add value 'calm';
update public.people set mood = 'calm' where mood is null;
