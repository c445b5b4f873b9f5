create table if not exists other (id int);
alter table orders add column if not exists unused int;
alter table orders alter column note type varchar(10) using note::varchar(10);
