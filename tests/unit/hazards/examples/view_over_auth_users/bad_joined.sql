create view public.authors as
    select p.title, u.raw_user_meta_data ->> 'name' as name from public.posts as p join auth.users as u on u.id = p.user_id;
