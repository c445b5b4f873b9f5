grant create on schema public to public;
grant usage on schema private to anon;
