create table public.visits (id int primary key, path text unique, at tstzrange, exclude using gist (at with &&));
