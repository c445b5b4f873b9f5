create table public.orders (id bigint primary key) -- with a comment
;
