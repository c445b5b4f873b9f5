alter role reports bypassrls;
