-- finds: extension_in_public_citext
create extension citext with schema public;
