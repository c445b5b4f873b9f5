-- Codes that somebody is sent: kept as hashes, in the table that is asked and in the columns where Supabase Auth looks.

-- name: keep
-- Of each kind a user has one; a new one takes the place of the last.
INSERT INTO auth.one_time_tokens (id, user_id, token_type, token_hash, relates_to)
VALUES (gen_random_uuid(), %(user)s, %(kind)s::auth.one_time_token_type, %(hash)s, %(address)s)
ON CONFLICT (user_id, token_type) DO UPDATE
    SET id = excluded.id, token_hash = excluded.token_hash, relates_to = excluded.relates_to,
        created_at = excluded.created_at, updated_at = excluded.updated_at

-- name: note
UPDATE auth.users AS u
SET confirmation_token = CASE %(kind)s WHEN 'confirmation_token' THEN %(hash)s ELSE u.confirmation_token END,
    confirmation_sent_at = CASE %(kind)s WHEN 'confirmation_token' THEN now() ELSE u.confirmation_sent_at END,
    recovery_token = CASE %(kind)s WHEN 'recovery_token' THEN %(hash)s ELSE u.recovery_token END,
    recovery_sent_at = CASE %(kind)s WHEN 'recovery_token' THEN now() ELSE u.recovery_sent_at END,
    reauthentication_token
        = CASE %(kind)s WHEN 'reauthentication_token' THEN %(hash)s ELSE u.reauthentication_token END,
    reauthentication_sent_at
        = CASE %(kind)s WHEN 'reauthentication_token' THEN now() ELSE u.reauthentication_sent_at END,
    email_change_token_new
        = CASE %(kind)s WHEN 'email_change_token_new' THEN %(hash)s ELSE u.email_change_token_new END,
    email_change_token_current
        = CASE %(kind)s WHEN 'email_change_token_current' THEN %(hash)s ELSE u.email_change_token_current END,
    email_change_sent_at = CASE WHEN %(kind)s LIKE 'email_change_token_%%' THEN now() ELSE u.email_change_sent_at END,
    updated_at = now()
WHERE u.id = %(user)s

-- name: take
-- Whoever deletes the row has it: of two who present a code at once, one finds none.
DELETE FROM auth.one_time_tokens AS t
WHERE t.token_hash = ANY (%(hashes)s) AND t.token_type = ANY (%(kinds)s::auth.one_time_token_type[])
    AND (%(user)s::uuid IS NULL OR t.user_id = %(user)s)
RETURNING t.user_id AS user, t.token_type::text AS kind, t.token_hash AS hash,
    t.created_at + make_interval(secs => %(lifetime)s) >= now() AS fresh

-- name: void
-- A code that has been used ends all others of its user.
DELETE FROM auth.one_time_tokens AS t WHERE t.user_id = %(user)s

-- name: blank
UPDATE auth.users AS u
SET confirmation_token = '', recovery_token = '', reauthentication_token = '', email_change_token_new = '',
    email_change_token_current = '', updated_at = now()
WHERE u.id = %(user)s

-- name: change_email
-- An address that somebody wants, until it has been confirmed.
UPDATE auth.users AS u
SET email_change = %(email)s, email_change_confirm_status = 0, updated_at = now()
WHERE u.id = %(user)s

-- name: confirm_one
-- The first of two addresses has been confirmed; the row tells whether it was the first.
UPDATE auth.users AS u
SET email_change_confirm_status = 1,
    email_change_token_new = CASE %(kind)s WHEN 'email_change_token_new' THEN '' ELSE u.email_change_token_new END,
    email_change_token_current
        = CASE %(kind)s WHEN 'email_change_token_current' THEN '' ELSE u.email_change_token_current END,
    updated_at = now()
WHERE u.id = %(user)s AND u.email_change_confirm_status = 0 AND coalesce(u.email, '') <> ''
RETURNING u.id
