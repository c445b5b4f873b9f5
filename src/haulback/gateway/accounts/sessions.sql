-- Sessions, and the refresh tokens that prolong them: hashed, so that a copy of the table signs nobody in.

-- name: begin
INSERT INTO auth.sessions (id, user_id, created_at, updated_at, aal, user_agent, ip)
VALUES (%(session)s, %(user)s, now(), now(), 'aal1', %(agent)s, %(address)s::inet)

-- name: remember_method
INSERT INTO auth.mfa_amr_claims (id, session_id, created_at, updated_at, authentication_method)
VALUES (gen_random_uuid(), %(session)s, now(), now(), %(method)s)
ON CONFLICT (session_id, authentication_method) DO UPDATE SET updated_at = excluded.updated_at

-- name: grant
INSERT INTO auth.refresh_tokens (instance_id, token, user_id, revoked, parent, session_id, created_at, updated_at)
VALUES (
    '00000000-0000-0000-0000-000000000000', %(token)s, %(user)s::uuid::text, false, %(parent)s, %(session)s,
    now(), now()
)

-- name: presented
-- The session is locked before the token: of two who present tokens of one session, one waits for the other.
SELECT s.id AS session, s.user_id AS user
FROM auth.sessions AS s
WHERE s.id = (SELECT t.session_id FROM auth.refresh_tokens AS t WHERE t.token = %(token)s)
FOR UPDATE

-- name: state
-- A limit of no seconds is none.
SELECT t.revoked, t.updated_at + make_interval(secs => %(grace)s) >= clock_timestamp() AS just_now,
    coalesce(s.not_after < now(), false)
        OR %(timebox)s > 0 AND s.created_at + make_interval(secs => %(timebox)s) < now() AS over,
    %(inactivity)s > 0 AND coalesce(s.refreshed_at AT TIME ZONE 'UTC', t.updated_at)
        + make_interval(secs => %(inactivity)s) < now() AS idle
FROM auth.refresh_tokens AS t
JOIN auth.sessions AS s ON s.id = t.session_id
WHERE t.token = %(token)s

-- name: spend
UPDATE auth.refresh_tokens AS t SET revoked = true, updated_at = clock_timestamp()
WHERE t.token = %(token)s AND NOT t.revoked

-- name: prolong
UPDATE auth.sessions AS s
SET refreshed_at = now() AT TIME ZONE 'UTC', updated_at = now(), user_agent = %(agent)s, ip = %(address)s::inet
WHERE s.id = %(session)s

-- name: of_id
SELECT coalesce(s.aal::text, 'aal1') AS level, s.user_id AS user, s.created_at AS began
FROM auth.sessions AS s WHERE s.id = %(session)s

-- name: methods
SELECT a.authentication_method AS method, extract(epoch FROM a.updated_at)::bigint AS timestamp
FROM auth.mfa_amr_claims AS a
WHERE a.session_id = %(session)s
ORDER BY a.updated_at DESC, a.authentication_method

-- name: raise
UPDATE auth.sessions AS s SET aal = 'aal2', factor_id = %(factor)s, updated_at = now() WHERE s.id = %(session)s

-- name: forget_tokens
-- Who has a token from before the second factor must not come by a session with it.
DELETE FROM auth.refresh_tokens AS t WHERE t.session_id = %(session)s

-- name: end_lower
DELETE FROM auth.sessions AS s WHERE s.user_id = %(user)s AND (s.aal IS NULL OR s.aal < 'aal2')

-- name: lower_methods
DELETE FROM auth.mfa_amr_claims AS a
USING auth.sessions AS s
WHERE s.id = a.session_id AND s.factor_id = %(factor)s AND a.authentication_method = 'totp'

-- name: lower
UPDATE auth.sessions AS s SET aal = 'aal1', factor_id = NULL, updated_at = now() WHERE s.factor_id = %(factor)s

-- name: end
DELETE FROM auth.sessions AS s WHERE s.id = %(session)s

-- name: end_all
DELETE FROM auth.sessions AS s WHERE s.user_id = %(user)s

-- name: end_others
DELETE FROM auth.sessions AS s WHERE s.user_id = %(user)s AND s.id <> %(session)s
