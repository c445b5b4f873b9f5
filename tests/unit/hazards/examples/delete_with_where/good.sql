create temp table stale as select id from sessions where ended_at is not null;
delete from stale where id = 1;
