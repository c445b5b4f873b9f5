alter database app with connection limit 0;
alter database app allow_connections false;
