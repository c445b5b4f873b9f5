-- name: findings
-- Tables of exposed schemas without row level security of which a role of the API may read a column with a telling
-- name. Names are compared in lower case with underscores, so that accessToken and access-token count too.
with telling (name) as (
    select pg_catalog.unnest(array[
        -- What lets somebody in.
        'password', 'passwd', 'passphrase', 'pwd', 'otp', 'two_factor', '2fa_code', '2fa_secret',
        'auth_code', 'backup_code', 'recovery_code', 'verification_code',
        'secret', 'secret_key', 'private_key', 'api_key', 'apikey', 'auth_key',
        'token', 'jwt', 'access_token', 'refresh_token', 'bearer_token', 'oauth_token', 'session_token',
        'session_id', 'session_key', 'session_secret',
        'ssh_key', 'gpg_key', 'pgp_key', 'certificate', 'license_key', 'activation_key',
        -- What pays.
        'credit_card', 'card_number', 'cvc', 'cvn', 'cvv', 'account_number', 'bank_account', 'bic', 'iban',
        'routing_number', 'swift_code',
        -- Who somebody is, and how he fares.
        'ssn', 'social_security', 'social_security_number', 'national_id', 'tax_id', 'passport_id', 'passport_number',
        'driver_license', 'drivers_license', 'license_number', 'facial_recognition',
        'health_insurance', 'health_record', 'insurance_number', 'medical_insurance', 'medical_record', 'patient_id',
        'treatment',
        -- Whose device it is.
        'device_uuid', 'imei', 'mac_address', 'macaddr'
    ])
)
select pg_catalog.jsonb_build_object(
           'schema', n.nspname, 'name', c.relname, 'type', 'table',
           'sensitive_columns', pg_catalog.array_agg(a.attname order by a.attname),
           'matched_patterns', pg_catalog.array_agg(distinct t.name order by t.name)
       ) as metadata,
       pg_catalog.jsonb_build_object(
           'table', pg_catalog.format('%%I.%%I', n.nspname, c.relname), 'served_to', r.names
       ) as told
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  join telling as t
    on t.name = pg_catalog.replace(
           pg_catalog.lower(pg_catalog.regexp_replace(a.attname, '([a-z0-9])([A-Z])', '\1_\2', 'g')), '-', '_'
       )
 cross join lateral (
        select pg_catalog.array_agg(r.rolname order by r.rolname) as names
          from pg_catalog.pg_roles as r
         where r.rolname = any (%(roles)s) and pg_catalog.has_table_privilege(r.oid, c.oid, 'SELECT')
       ) as r
 where c.relkind in ('r', 'p')
   and not c.relrowsecurity
   and n.nspname = any (%(exposed)s)
   and n.nspname <> all (%(platform)s)
   and r.names is not null
 group by n.nspname, c.relname, r.names
 order by n.nspname, c.relname
