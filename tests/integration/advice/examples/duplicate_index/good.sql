create table public.posts (id int primary key, slug text unique, title text);
create index posts_a on public.posts (title);
create index posts_b on public.posts (title desc);
create index posts_c on public.posts (title text_pattern_ops);
create index posts_d on public.posts (title) where id > 0;
create index posts_e on public.posts (title) include (slug);
create index posts_f on public.posts using hash (title);
create index posts_g on public.posts (slug);
create index posts_h on public.posts (title collate "C");
