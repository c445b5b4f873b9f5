create role reporting login password null;
create role other login password '${PASSWORD}';
create user mapping for current_user server legacy options (user 'app');
select vault.create_secret('<api key>', 'api');
select 'eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJzdXBhYmFzZS1kZW1vIiwicm9sZSI6InNlcnZpY2Vfcm9sZSJ9.c2lnbmF0dXJlLW9mLW5vYm9keQ';
