delete from sessions;
