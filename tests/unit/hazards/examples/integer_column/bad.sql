create table public.events (id integer generated always as identity primary key);
