select vault.create_secret('correct horse battery staple', 'api');
