alter event trigger secure_new_tables enable always;
