-- finds: autovacuum_disabled_public_pages_toast
-- finds: autovacuum_disabled_public_visits
create table public.visits (id int primary key, body text) with (autovacuum_enabled = off);
create table public.pages (id int primary key, body text) with (toast.autovacuum_enabled = false);
