create table public.people (id uuid primary key references auth.users (id), mail text unique);
create table public.letters (id int primary key, mail text references public.people (mail));
