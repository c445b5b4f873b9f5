create schema scratch;
create table scratch.rows (id int primary key);
drop schema scratch cascade;
