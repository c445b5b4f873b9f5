set search_path = app, public;
create table orders (id bigint primary key);
