alter role authenticated set statement_timeout = 0;
