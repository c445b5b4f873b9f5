create user mapping for current_user server legacy options (user 'app', password 'correct horse');
