create table if not exists lines (id int primary key, part int references parts (id));
truncate parts cascade;
