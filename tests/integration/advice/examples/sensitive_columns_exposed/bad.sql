-- finds: sensitive_columns_exposed_public_people
create table public.people (id int primary key, name text, "accessToken" text, "Tax-Id" text);
