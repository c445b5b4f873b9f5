create role reporting login password 'correct horse';
