-- finds: duplicate_index_public_posts_{posts_a,posts_b}
-- finds: duplicate_index_public_posts_{posts_slug,posts_slug_key}
create table public.posts (id int primary key, slug text unique, title text);
create index posts_a on public.posts (lower(title)) where id > 0;
create index posts_b on public.posts (lower(title)) where id > 0;
create unique index posts_slug on public.posts (slug);
