-- finds: fkey_to_auth_unique_public_people_people_phone_fkey
create table public.people (id int primary key, phone text references auth.users (phone));
