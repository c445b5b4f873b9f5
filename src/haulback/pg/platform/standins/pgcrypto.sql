-- standin pgcrypto 1.3
-- Digests, HMAC and random bytes are real, made of what PostgreSQL has built in; the rest raises.
CREATE FUNCTION haulback_sha1(message bytea) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
-- FIPS 180-4, section 6.1. Words are bigint, kept below 2^32 with a mask.
DECLARE
    mask CONSTANT bigint := 4294967295;
    h bigint[] := ARRAY[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
    padded bytea;
    w bigint[];
    a bigint; b bigint; c bigint; d bigint; e bigint; f bigint; k bigint; next bigint;
    block integer;
BEGIN
    padded := message || '\x80'::bytea
        || decode(repeat('00', (119 - length(message) % 64) % 64), 'hex') || int8send(length(message) * 8::bigint);
    FOR block IN 0 .. length(padded) / 64 - 1 LOOP
        w := ARRAY[]::bigint[];
        FOR t IN 0 .. 15 LOOP
            w[t] := (get_byte(padded, block * 64 + t * 4)::bigint << 24)
                | (get_byte(padded, block * 64 + t * 4 + 1)::bigint << 16)
                | (get_byte(padded, block * 64 + t * 4 + 2)::bigint << 8)
                | get_byte(padded, block * 64 + t * 4 + 3);
        END LOOP;
        FOR t IN 16 .. 79 LOOP
            next := w[t - 3] # w[t - 8] # w[t - 14] # w[t - 16];
            w[t] := ((next << 1) | (next >> 31)) & mask;
        END LOOP;
        a := h[1]; b := h[2]; c := h[3]; d := h[4]; e := h[5];
        FOR t IN 0 .. 79 LOOP
            IF t < 20 THEN
                f := (b & c) | ((~b & mask) & d); k := 1518500249;
            ELSIF t < 40 THEN
                f := b # c # d; k := 1859775393;
            ELSIF t < 60 THEN
                f := (b & c) | (b & d) | (c & d); k := 2400959708;
            ELSE
                f := b # c # d; k := 3395469782;
            END IF;
            next := ((((a << 5) | (a >> 27)) & mask) + f + e + k + w[t]) & mask;
            e := d; d := c; c := ((b << 30) | (b >> 2)) & mask; b := a; a := next;
        END LOOP;
        h := ARRAY[(h[1] + a) & mask, (h[2] + b) & mask, (h[3] + c) & mask, (h[4] + d) & mask, (h[5] + e) & mask];
    END LOOP;
    RETURN substr(int8send(h[1]), 5) || substr(int8send(h[2]), 5) || substr(int8send(h[3]), 5)
        || substr(int8send(h[4]), 5) || substr(int8send(h[5]), 5);
END
$$;
CREATE FUNCTION digest(bytea, text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    home text := (
        SELECT n.nspname FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
        WHERE p.proname = 'haulback_sha1' LIMIT 1
    );
    sum bytea;
BEGIN
    CASE lower($2)
        WHEN 'md5' THEN RETURN decode(md5($1), 'hex');
        WHEN 'sha1' THEN
            -- The extension may be moved to another schema, so its own functions are looked up.
            EXECUTE format('SELECT %I.haulback_sha1($1)', home) INTO sum USING $1;
            RETURN sum;
        WHEN 'sha224' THEN RETURN sha224($1);
        WHEN 'sha256' THEN RETURN sha256($1);
        WHEN 'sha384' THEN RETURN sha384($1);
        WHEN 'sha512' THEN RETURN sha512($1);
        ELSE RAISE EXCEPTION 'Cannot use "%": No such hash algorithm', $2 USING ERRCODE = 'invalid_parameter_value';
    END CASE;
END
$$;
CREATE FUNCTION digest(text, text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    sum bytea;
BEGIN
    EXECUTE format('SELECT %I.digest($1, $2)', (
        SELECT n.nspname FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
        WHERE p.proname = 'haulback_sha1' LIMIT 1
    )) INTO sum USING convert_to($1, getdatabaseencoding()), $2;
    RETURN sum;
END
$$;
CREATE FUNCTION hmac(bytea, bytea, text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
-- RFC 2104.
DECLARE
    home text := (
        SELECT n.nspname FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
        WHERE p.proname = 'haulback_sha1' LIMIT 1
    );
    size integer := CASE WHEN lower($3) IN ('sha384', 'sha512') THEN 128 ELSE 64 END;
    key bytea := $2;
    inner_pad bytea := ''; outer_pad bytea := '';
    sum bytea;
BEGIN
    IF length(key) > size THEN
        EXECUTE format('SELECT %I.digest($1::bytea, $2)', home) INTO key USING key, $3;
    END IF;
    key := key || decode(repeat('00', size - length(key)), 'hex');
    FOR i IN 0 .. size - 1 LOOP
        inner_pad := inner_pad || set_byte('\x00', 0, get_byte(key, i) # 54);
        outer_pad := outer_pad || set_byte('\x00', 0, get_byte(key, i) # 92);
    END LOOP;
    EXECUTE format('SELECT %1$I.digest($1::bytea || %1$I.digest($2::bytea || $3::bytea, $4), $4)', home)
        INTO sum USING outer_pad, inner_pad, $1, $3;
    RETURN sum;
END
$$;
CREATE FUNCTION hmac(text, text, text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    sum bytea;
BEGIN
    EXECUTE format('SELECT %I.hmac($1::bytea, $2::bytea, $3)', (
        SELECT n.nspname FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
        WHERE p.proname = 'haulback_sha1' LIMIT 1
    )) INTO sum
        USING convert_to($1, getdatabaseencoding()), convert_to($2, getdatabaseencoding()), $3;
    RETURN sum;
END
$$;
-- The server's strong random source is reached through gen_random_uuid(), of whose bits six are fixed:
-- the hash of two of them spreads 244 random bits over 32 bytes.
CREATE FUNCTION gen_random_bytes(integer) RETURNS bytea LANGUAGE plpgsql VOLATILE STRICT PARALLEL SAFE AS $$
DECLARE
    made bytea := '';
BEGIN
    IF $1 < 1 OR $1 > 1024 THEN
        RAISE EXCEPTION 'Length not in range' USING ERRCODE = 'external_routine_invocation_exception';
    END IF;
    WHILE length(made) < $1 LOOP
        made := made || sha256(uuid_send(pg_catalog.gen_random_uuid()) || uuid_send(pg_catalog.gen_random_uuid()));
    END LOOP;
    RETURN substr(made, 1, $1);
END
$$;
CREATE FUNCTION gen_random_uuid() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT pg_catalog.gen_random_uuid()
$$;
--! crypt(text, text) returns text IMMUTABLE STRICT
--! gen_salt(text) returns text
--! gen_salt(text, integer) returns text
--! encrypt(bytea, bytea, text) returns bytea IMMUTABLE STRICT
--! decrypt(bytea, bytea, text) returns bytea IMMUTABLE STRICT
--! encrypt_iv(bytea, bytea, bytea, text) returns bytea IMMUTABLE STRICT
--! decrypt_iv(bytea, bytea, bytea, text) returns bytea IMMUTABLE STRICT
--! pgp_sym_encrypt(text, text) returns bytea
--! pgp_sym_encrypt(text, text, text) returns bytea
--! pgp_sym_encrypt_bytea(bytea, text) returns bytea
--! pgp_sym_encrypt_bytea(bytea, text, text) returns bytea
--! pgp_sym_decrypt(bytea, text) returns text IMMUTABLE STRICT
--! pgp_sym_decrypt(bytea, text, text) returns text IMMUTABLE STRICT
--! pgp_sym_decrypt_bytea(bytea, text) returns bytea IMMUTABLE STRICT
--! pgp_sym_decrypt_bytea(bytea, text, text) returns bytea IMMUTABLE STRICT
--! pgp_pub_encrypt(text, bytea) returns bytea
--! pgp_pub_encrypt(text, bytea, text) returns bytea
--! pgp_pub_encrypt_bytea(bytea, bytea) returns bytea
--! pgp_pub_encrypt_bytea(bytea, bytea, text) returns bytea
--! pgp_pub_decrypt(bytea, bytea) returns text IMMUTABLE STRICT
--! pgp_pub_decrypt(bytea, bytea, text) returns text IMMUTABLE STRICT
--! pgp_pub_decrypt(bytea, bytea, text, text) returns text IMMUTABLE STRICT
--! pgp_pub_decrypt_bytea(bytea, bytea) returns bytea IMMUTABLE STRICT
--! pgp_pub_decrypt_bytea(bytea, bytea, text) returns bytea IMMUTABLE STRICT
--! pgp_pub_decrypt_bytea(bytea, bytea, text, text) returns bytea IMMUTABLE STRICT
--! pgp_key_id(bytea) returns text IMMUTABLE STRICT
--! armor(bytea) returns text IMMUTABLE STRICT
--! armor(bytea, text[], text[]) returns text IMMUTABLE STRICT
--! dearmor(text) returns bytea IMMUTABLE STRICT
