alter role reports set row_security = off;
