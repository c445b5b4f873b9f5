-- finds: rls_disabled_in_public_public_countries
create table public.countries (id int primary key);
