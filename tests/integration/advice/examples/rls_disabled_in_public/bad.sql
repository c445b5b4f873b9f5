create table public.countries (id int primary key);
