delete from pg_catalog.pg_enum where enumlabel = 'so-so';
