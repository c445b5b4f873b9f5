-- finds: auth_users_exposed_public_addresses
-- finds: auth_users_exposed_public_emails
-- finds: auth_users_exposed_public_members
create view public.members as select id, email from auth.users;
create schema private;
create view private.accounts as select id, email from auth.users;
create view public.emails as select email from private.accounts;
create materialized view public.addresses as select email from auth.users;
