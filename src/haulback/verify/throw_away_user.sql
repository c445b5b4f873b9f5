-- A user who lives until the end of the probe's transaction; the columns are those that Supabase Auth always fills.
insert into auth.users (id, aud, role, email, raw_app_meta_data, raw_user_meta_data, created_at, updated_at)
values (%(id)s, 'authenticated', 'authenticated', %(email)s, '{}', '{}', pg_catalog.now(), pg_catalog.now())
