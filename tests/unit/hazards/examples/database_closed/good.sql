alter database app with connection limit 100;
set default_transaction_read_only = off;
