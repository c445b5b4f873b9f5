-- finds: extension_versions_outdated_citext_1.4
create extension citext with schema extensions version '1.4';
