-- The deploying role, with what hosted Supabase gives it: much, but not superuser.
-- Runs on every cluster of ours, with the Supabase baseline or without.

-- name: role
CREATE ROLE postgres LOGIN CREATEDB CREATEROLE REPLICATION BYPASSRLS NOSUPERUSER;

-- name: predefined roles
GRANT pg_monitor, pg_read_all_data, pg_signal_backend TO postgres WITH ADMIN OPTION;

-- name: settings that supautils lets it change on hosted Supabase
GRANT SET ON PARAMETER session_replication_role, deadlock_timeout, log_min_messages, log_lock_waits,
    track_io_timing, "pgrst.db_pre_request" TO postgres;

-- name: schema public
ALTER SCHEMA public OWNER TO pg_database_owner;
