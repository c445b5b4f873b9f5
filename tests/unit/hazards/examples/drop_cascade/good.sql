drop view recent_orders;
drop table orders restrict;
create table scratch (id int primary key);
drop table scratch cascade;
