create temp table wanted (id int);
truncate wanted;
delete from imports where made_at < now() - interval '1 year';
