with gone as (delete from sessions where true returning id) select count(*) from gone;
delete from sessions where 1 = 1;
