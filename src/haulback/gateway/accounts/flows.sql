-- Proofs of possession: a client that asks for a link says a challenge, and gets a session only for its verifier.

-- name: begin
INSERT INTO auth.flow_state (
    id, user_id, auth_code, code_challenge, code_challenge_method, provider_type, provider_access_token,
    provider_refresh_token, authentication_method, created_at, updated_at
)
VALUES (
    gen_random_uuid(), %(user)s, %(code)s, %(challenge)s, %(method)s::auth.code_challenge_method, %(purpose)s, '', '',
    %(purpose)s, now(), now()
)

-- name: issue
-- The code of the last that this user began for this purpose.
UPDATE auth.flow_state AS f
SET auth_code_issued_at = now(), updated_at = now()
WHERE f.id = (
    SELECT l.id FROM auth.flow_state AS l
    WHERE l.user_id = %(user)s AND l.authentication_method = %(purpose)s AND l.code_challenge <> ''
    ORDER BY l.created_at DESC, l.id
    LIMIT 1
)
RETURNING f.auth_code AS code

-- name: take
-- A code that no link has been followed for is nobody's yet.
DELETE FROM auth.flow_state AS f
WHERE f.auth_code = %(code)s AND f.user_id IS NOT NULL AND f.auth_code_issued_at IS NOT NULL
RETURNING f.user_id AS user, f.code_challenge AS challenge, f.code_challenge_method::text AS method,
    f.authentication_method AS purpose,
    CASE f.authentication_method WHEN 'magiclink' THEN f.auth_code_issued_at ELSE f.created_at END
        + make_interval(secs => %(lifetime)s) >= now() AS fresh

-- name: sweep
DELETE FROM auth.flow_state AS f WHERE f.user_id = %(user)s AND f.created_at < now() - interval '1 day'
