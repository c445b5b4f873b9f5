-- The deploying role, with what hosted Supabase gives it: much, but not superuser.
-- Runs on every cluster of ours, with the Supabase baseline or without.

-- name: role
CREATE ROLE postgres LOGIN CREATEDB CREATEROLE REPLICATION BYPASSRLS NOSUPERUSER;

-- name: predefined roles
GRANT pg_monitor, pg_read_all_data, pg_signal_backend TO postgres WITH ADMIN OPTION;

-- name: settings that supautils lets it change on hosted Supabase
GRANT SET ON PARAMETER session_replication_role, deadlock_timeout, log_min_messages, log_lock_waits,
    track_io_timing TO postgres;

-- name: settings of PostgREST, all of which it may change there
GRANT SET ON PARAMETER
    "pgrst.client_error_verbosity", "pgrst.db_aggregates_enabled", "pgrst.db_anon_role", "pgrst.db_extra_search_path",
    "pgrst.db_hoisted_tx_settings", "pgrst.db_max_rows", "pgrst.db_plan_enabled", "pgrst.db_pre_config",
    "pgrst.db_pre_request", "pgrst.db_prepared_statements", "pgrst.db_root_spec", "pgrst.db_schemas", "pgrst.db_tx_end",
    "pgrst.jwt_aud", "pgrst.jwt_cache_max_lifetime", "pgrst.jwt_role_claim_key", "pgrst.jwt_secret",
    "pgrst.jwt_secret_is_base64", "pgrst.openapi_mode", "pgrst.openapi_security_active",
    "pgrst.openapi_server_proxy_uri", "pgrst.server_cors_allowed_origins", "pgrst.server_timing_enabled",
    "pgrst.server_trace_header", "pgrst.url_use_legacy_target_names" TO postgres;

-- name: schema public
ALTER SCHEMA public OWNER TO pg_database_owner;
