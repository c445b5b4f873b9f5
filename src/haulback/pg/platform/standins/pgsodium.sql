-- standin pgsodium 3.1.8 pgsodium
CREATE TYPE pgsodium.key_status AS ENUM ('default', 'valid', 'invalid', 'expired');
CREATE TYPE pgsodium.key_type AS ENUM (
    'aead-ietf', 'aead-det', 'hmacsha512', 'hmacsha256', 'auth', 'shorthash', 'generichash', 'kdf', 'secretbox',
    'secretstream', 'stream_xchacha20'
);
CREATE TABLE pgsodium.key (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    status pgsodium.key_status DEFAULT 'valid',
    created timestamptz NOT NULL DEFAULT current_timestamp,
    expires timestamptz,
    key_type pgsodium.key_type,
    key_id bigserial,
    key_context bytea DEFAULT '\x7067736f6469756d',
    name text UNIQUE,
    associated_data text DEFAULT 'associated',
    raw_key bytea,
    raw_key_nonce bytea,
    parent_key uuid REFERENCES pgsodium.key (id),
    comment text,
    user_data text
);
CREATE VIEW pgsodium.valid_key AS
    SELECT id, name, status, key_type, key_id, key_context, created, expires, associated_data
    FROM pgsodium.key WHERE status IN ('valid', 'default');
--! pgsodium.create_key(key_type pgsodium.key_type DEFAULT 'aead-det', name text DEFAULT NULL, raw_key bytea DEFAULT NULL, raw_key_nonce bytea DEFAULT NULL, parent_key uuid DEFAULT NULL, key_context bytea DEFAULT NULL, expires timestamptz DEFAULT NULL, associated_data text DEFAULT '') returns pgsodium.valid_key
--! pgsodium.randombytes_buf(size integer) returns bytea
--! pgsodium.crypto_aead_det_keygen() returns bytea
--! pgsodium.crypto_aead_det_noncegen() returns bytea
--! pgsodium.crypto_aead_det_encrypt(message bytea, additional bytea, key_uuid uuid) returns bytea
--! pgsodium.crypto_aead_det_encrypt(message bytea, additional bytea, key_uuid uuid, nonce bytea) returns bytea
--! pgsodium.crypto_aead_det_decrypt(message bytea, additional bytea, key_uuid uuid) returns bytea
--! pgsodium.crypto_aead_det_decrypt(message bytea, additional bytea, key_uuid uuid, nonce bytea) returns bytea
--! pgsodium.crypto_secretbox_keygen() returns bytea
--! pgsodium.crypto_secretbox_noncegen() returns bytea
--! pgsodium.crypto_secretbox(message bytea, nonce bytea, key bytea) returns bytea
--! pgsodium.crypto_secretbox_open(ciphertext bytea, nonce bytea, key bytea) returns bytea
GRANT USAGE ON SCHEMA pgsodium TO postgres, pgsodium_keyiduser;
GRANT ALL ON ALL TABLES IN SCHEMA pgsodium TO postgres WITH GRANT OPTION;
