-- Second factors: what an authenticator app reckons with, and the challenges that its passwords answer.

-- name: forget_unfinished
-- One that was begun and never challenged is no factor.
DELETE FROM auth.mfa_factors AS f
WHERE f.user_id = %(user)s AND f.status <> 'verified' AND f.created_at < now() - interval '5 minutes'
    AND NOT EXISTS (SELECT FROM auth.mfa_challenges AS c WHERE c.factor_id = f.id)

-- name: lock
SELECT u.id FROM auth.users AS u WHERE u.id = %(user)s FOR NO KEY UPDATE

-- name: insert
INSERT INTO auth.mfa_factors (id, user_id, friendly_name, factor_type, status, secret, created_at, updated_at)
VALUES (%(id)s, %(user)s, %(name)s, 'totp', 'unverified', %(secret)s, now(), now())

-- name: challenge
INSERT INTO auth.mfa_challenges (id, factor_id, created_at, ip_address)
VALUES (%(challenge)s, %(factor)s, now(), coalesce(%(address)s, '127.0.0.1')::inet)
RETURNING extract(epoch FROM created_at)::bigint AS began

-- name: challenged
UPDATE auth.mfa_factors AS f SET last_challenged_at = clock_timestamp(), updated_at = now() WHERE f.id = %(factor)s

-- name: presented
-- Locked, so that a challenge is answered once.
SELECT f.secret, c.verified_at IS NULL AND c.ip_address = coalesce(%(address)s, '127.0.0.1')::inet AS open,
    c.created_at + make_interval(secs => %(lifetime)s) >= now() AS fresh
FROM auth.mfa_challenges AS c
JOIN auth.mfa_factors AS f ON f.id = c.factor_id
WHERE c.id = %(challenge)s AND c.factor_id = %(factor)s
FOR UPDATE OF c

-- name: answered
UPDATE auth.mfa_challenges AS c SET verified_at = now() WHERE c.id = %(challenge)s

-- name: verified
UPDATE auth.mfa_factors AS f SET status = 'verified', updated_at = now() WHERE f.id = %(factor)s

-- name: forget_others
DELETE FROM auth.mfa_factors AS f
WHERE f.user_id = %(user)s AND f.status <> 'verified' AND f.factor_type = 'totp'

-- name: delete
DELETE FROM auth.mfa_factors AS f WHERE f.id = %(factor)s
