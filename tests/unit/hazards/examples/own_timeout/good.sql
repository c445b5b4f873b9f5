alter role authenticated set statement_timeout = '8s';
reset lock_timeout;
