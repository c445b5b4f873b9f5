alter role reports set work_mem = '64MB';
