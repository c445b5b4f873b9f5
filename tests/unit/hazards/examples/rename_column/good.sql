create table orders (id int primary key, remark text);
alter table orders rename column remark to note;
alter table parts add column a int;
alter table parts rename column a to b;
