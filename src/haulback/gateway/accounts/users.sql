-- The rows of Supabase Auth, as the role that owns them.

-- name: users
SELECT
    u.id, u.aud, u.role, u.email, u.encrypted_password AS password_hash, u.email_confirmed_at, u.invited_at,
    u.phone, u.phone_confirmed_at, u.confirmation_sent_at, u.confirmed_at, u.recovery_sent_at,
    u.email_change AS new_email, u.email_change_sent_at, u.reauthentication_sent_at, u.last_sign_in_at,
    coalesce(u.raw_app_meta_data, '{}') AS app_metadata, coalesce(u.raw_user_meta_data, '{}') AS user_metadata,
    u.created_at, u.updated_at, u.banned_until, u.deleted_at, u.is_anonymous
FROM auth.users AS u

-- name: of_id
WHERE u.id = %(id)s AND u.instance_id = '00000000-0000-0000-0000-000000000000'

-- name: of_email
-- As Supabase Auth looks them up: a row that another tool wrote without these is not found there either.
WHERE lower(u.email) = lower(%(email)s) AND u.instance_id = '00000000-0000-0000-0000-000000000000'
    AND u.aud = 'authenticated' AND NOT u.is_sso_user

-- name: of_phone
WHERE u.phone = %(phone)s AND u.instance_id = '00000000-0000-0000-0000-000000000000'
    AND u.aud = 'authenticated' AND NOT u.is_sso_user

-- name: page
WHERE u.instance_id = '00000000-0000-0000-0000-000000000000' AND u.aud = 'authenticated'
ORDER BY u.created_at DESC, u.id
LIMIT %(limit)s OFFSET %(offset)s

-- name: counted
SELECT count(*) AS users FROM auth.users AS u
WHERE u.instance_id = '00000000-0000-0000-0000-000000000000' AND u.aud = 'authenticated'

-- name: identities
SELECT
    i.id AS identity_id, i.provider_id, i.user_id, i.identity_data, i.provider, i.last_sign_in_at, i.created_at,
    i.updated_at, i.email
FROM auth.identities AS i
WHERE i.user_id = ANY (%(users)s)
ORDER BY i.created_at, i.provider

-- name: factors
SELECT
    f.id, f.user_id, f.friendly_name, f.factor_type::text AS factor_type, f.status::text AS status, f.phone,
    f.created_at, f.updated_at, f.last_challenged_at
FROM auth.mfa_factors AS f
WHERE f.user_id = ANY (%(users)s)
ORDER BY f.created_at, f.id

-- name: insert
-- Tokens are empty rather than null, because Supabase Auth cannot read a null one.
INSERT INTO auth.users (
    instance_id, id, aud, role, email, phone, encrypted_password, email_confirmed_at, phone_confirmed_at,
    confirmation_token, recovery_token, email_change_token_new, email_change, invited_at,
    raw_app_meta_data, raw_user_meta_data, banned_until, created_at, updated_at, is_anonymous
)
VALUES (
    '00000000-0000-0000-0000-000000000000', %(id)s, %(aud)s, %(role)s, %(email)s, %(phone)s, %(password_hash)s,
    CASE WHEN %(email_confirmed)s THEN now() END, CASE WHEN %(phone_confirmed)s THEN now() END,
    '', '', '', '', CASE WHEN %(invited)s THEN now() END,
    %(app_metadata)s::jsonb, %(user_metadata)s::jsonb, %(banned_until)s, now(), now(), %(is_anonymous)s
)

-- name: update
-- What is null stays as it is; keys of metadata that are null go.
UPDATE auth.users AS u
SET email = coalesce(%(email)s, u.email),
    phone = coalesce(%(phone)s, u.phone),
    role = coalesce(%(role)s, u.role),
    encrypted_password = coalesce(%(password_hash)s, u.encrypted_password),
    email_confirmed_at = CASE WHEN %(email_confirmed)s THEN now() ELSE u.email_confirmed_at END,
    phone_confirmed_at = CASE WHEN %(phone_confirmed)s THEN now() ELSE u.phone_confirmed_at END,
    is_anonymous = u.is_anonymous AND NOT (%(email_confirmed)s OR %(phone_confirmed)s),
    raw_app_meta_data = (coalesce(u.raw_app_meta_data, '{}') || %(app_metadata)s::jsonb) - %(app_metadata_gone)s::text[],
    raw_user_meta_data
        = (coalesce(u.raw_user_meta_data, '{}') || %(user_metadata)s::jsonb) - %(user_metadata_gone)s::text[],
    banned_until = CASE WHEN %(bans)s THEN %(banned_until)s ELSE u.banned_until END,
    updated_at = now()
WHERE u.id = %(id)s

-- name: invited
UPDATE auth.users AS u SET invited_at = now(), updated_at = now() WHERE u.id = %(id)s

-- name: email_changed
-- The address that was to be confirmed has been.
UPDATE auth.users AS u
SET email = u.email_change, email_change = '', email_change_confirm_status = 0, is_anonymous = false,
    email_confirmed_at = coalesce(u.email_confirmed_at, now()),
    raw_user_meta_data = coalesce(u.raw_user_meta_data, '{}') || '{"email_verified": true}', updated_at = now()
WHERE u.id = %(id)s AND u.email_change <> ''
RETURNING u.email

-- name: confirmed
UPDATE auth.users AS u
SET email_confirmed_at = now(), is_anonymous = false,
    raw_user_meta_data = coalesce(u.raw_user_meta_data, '{}') || '{"email_verified": true}', updated_at = now()
WHERE u.id = %(id)s

-- name: identity_confirmed
UPDATE auth.identities AS i
SET identity_data = i.identity_data || '{"email_verified": true}', updated_at = now()
WHERE i.user_id = %(id)s AND i.email = (SELECT lower(u.email) FROM auth.users AS u WHERE u.id = %(id)s)

-- name: signed_in
UPDATE auth.users AS u SET last_sign_in_at = now(), updated_at = now() WHERE u.id = %(id)s

-- name: insert_identity
-- The user may have one of this provider already, from another tool; then its data are brought up to date.
INSERT INTO auth.identities (
    provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at
)
VALUES (%(id)s::uuid::text, %(id)s, %(identity)s::jsonb, %(provider)s, now(), now(), now())
ON CONFLICT ON CONSTRAINT identities_provider_id_provider_unique DO UPDATE
    SET identity_data = auth.identities.identity_data || excluded.identity_data, updated_at = now()

-- name: delete
DELETE FROM auth.users AS u WHERE u.id = %(id)s

-- name: hide
-- A user who is deleted softly keeps the id, for rows that refer to it, and nothing that tells who it was.
UPDATE auth.users AS u
SET email = translate(encode(sha256(convert_to(u.id::text || coalesce(u.email, ''), 'UTF8')), 'base64'), '+/=', '-_'),
    phone = CASE WHEN u.phone IS NOT NULL THEN
        left(encode(sha256(convert_to(u.id::text || u.phone, 'UTF8')), 'hex'), 15)
    END,
    encrypted_password = NULL, email_change = '', phone_change = '', confirmation_token = '', recovery_token = '',
    email_change_token_new = '', email_change_token_current = '', phone_change_token = '',
    raw_app_meta_data = '{}', raw_user_meta_data = '{}', deleted_at = now(), updated_at = now()
WHERE u.id = %(id)s AND u.deleted_at IS NULL

-- name: hide_identities
UPDATE auth.identities AS i
SET identity_data = '{}',
    provider_id = translate(encode(sha256(convert_to(i.provider_id || i.provider, 'UTF8')), 'base64'), '+/=', '-_'),
    updated_at = now()
WHERE i.user_id = %(id)s
