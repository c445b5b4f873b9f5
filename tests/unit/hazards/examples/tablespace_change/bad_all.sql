alter table all in tablespace pg_default set tablespace fast;
