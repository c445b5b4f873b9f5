delete from sessions where ended_at < now() - interval '90 days';
create table scratch (id int primary key);
delete from scratch;
