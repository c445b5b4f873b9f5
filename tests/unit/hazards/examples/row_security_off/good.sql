set row_security = on;
