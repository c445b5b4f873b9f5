-- name: probe
-- $1 ids, $2 extensions, one of each, $3 topic. Written by service_role, whom no policy holds back, and rolled back.
INSERT INTO realtime.messages (id, topic, extension)
SELECT probe.id, $3, probe.extension
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.uuid[]), pg_catalog.unnest($2::pg_catalog.text[])) AS probe (id, extension)

-- name: asker
-- $1 role, $2 topic, $3 claims, $4 sub, $5 headers. The names are those that Supabase's server sets. Each has plans of its
-- own, since plans have the values of functions that are marked IMMUTABLE, claims or not.
SELECT pg_catalog.set_config('realtime.topic', $2, true) IS NULL,
    pg_catalog.set_config('plan_cache_mode', 'force_custom_plan', true) IS NULL,
    pg_catalog.set_config('request.jwt.claims', $3, true) IS NULL,
    pg_catalog.set_config('request.jwt.claim.sub', $4, true) IS NULL,
    pg_catalog.set_config('request.jwt.claim.role', $1, true) IS NULL,
    pg_catalog.set_config('request.headers', $5, true) IS NULL,
    pg_catalog.set_config('role', $1, true) IS NULL

-- name: read
-- $1 ids of the probes: those that the asker sees.
SELECT message.extension FROM realtime.messages AS message WHERE message.id = ANY ($1::pg_catalog.uuid[]) ORDER BY 1

-- name: write
-- $1 topic, $2 extension.
INSERT INTO realtime.messages (topic, extension) VALUES ($1, $2)
