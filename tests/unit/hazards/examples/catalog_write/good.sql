update pg_settings set setting = '4MB' where name = 'work_mem';
select * from pg_catalog.pg_enum;
