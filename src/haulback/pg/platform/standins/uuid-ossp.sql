-- standin uuid-ossp 1.1
-- All versions are real; version 1 has a random node, as RFC 9562 allows (section 6.10).
CREATE FUNCTION uuid_nil() RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT '00000000-0000-0000-0000-000000000000'::uuid $$;
CREATE FUNCTION uuid_ns_dns() RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT '6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid $$;
CREATE FUNCTION uuid_ns_url() RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT '6ba7b811-9dad-11d1-80b4-00c04fd430c8'::uuid $$;
CREATE FUNCTION uuid_ns_oid() RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT '6ba7b812-9dad-11d1-80b4-00c04fd430c8'::uuid $$;
CREATE FUNCTION uuid_ns_x500() RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT '6ba7b814-9dad-11d1-80b4-00c04fd430c8'::uuid $$;
CREATE FUNCTION uuid_generate_v4() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS
    $$ SELECT pg_catalog.gen_random_uuid() $$;
CREATE FUNCTION uuid_generate_v1mc() RETURNS uuid LANGUAGE plpgsql VOLATILE PARALLEL SAFE AS $$
DECLARE
    -- 100 ns since 15 October 1582.
    ticks bigint := (extract(epoch FROM clock_timestamp()) * 10000000)::bigint + 122192928000000000;
    chance bytea := uuid_send(pg_catalog.gen_random_uuid());
    stamp bytea := int8send(ticks);
BEGIN
    RETURN encode(
        substr(stamp, 5, 4) || substr(stamp, 3, 2)
        || set_byte(substr(stamp, 1, 2), 0, (get_byte(stamp, 0) & 15) | 16)
        || substr(chance, 9, 2)
        -- The multicast bit says that the node is no network card's.
        || set_byte(substr(chance, 11, 6), 0, get_byte(chance, 10) | 1),
        'hex'
    )::uuid;
END
$$;
CREATE FUNCTION uuid_generate_v1() RETURNS uuid LANGUAGE plpgsql VOLATILE PARALLEL SAFE AS $$
DECLARE
    ticks bigint := (extract(epoch FROM clock_timestamp()) * 10000000)::bigint + 122192928000000000;
    chance bytea := uuid_send(pg_catalog.gen_random_uuid());
    stamp bytea := int8send(ticks);
BEGIN
    RETURN encode(
        substr(stamp, 5, 4) || substr(stamp, 3, 2)
        || set_byte(substr(stamp, 1, 2), 0, (get_byte(stamp, 0) & 15) | 16)
        || substr(chance, 9, 2) || set_byte(substr(chance, 11, 6), 0, get_byte(chance, 10) | 1),
        'hex'
    )::uuid;
END
$$;
CREATE FUNCTION uuid_generate_v3(namespace uuid, name text) RETURNS uuid
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    sum bytea := decode(md5(uuid_send(namespace) || convert_to(name, 'UTF8')), 'hex');
BEGIN
    sum := set_byte(sum, 6, (get_byte(sum, 6) & 15) | 48);
    RETURN encode(set_byte(sum, 8, (get_byte(sum, 8) & 63) | 128), 'hex')::uuid;
END
$$;
CREATE FUNCTION uuid_generate_v5(namespace uuid, name text) RETURNS uuid
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    -- SHA-1 is in the stand-in for pgcrypto, wherever that is installed.
    home text := (
        SELECT n.nspname FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
        WHERE p.proname = 'haulback_sha1' LIMIT 1
    );
    sum bytea;
BEGIN
    IF home IS NULL THEN
        RAISE EXCEPTION 'extension "uuid-ossp" is a stand-in here: uuid_generate_v5() needs extension "pgcrypto"'
            USING ERRCODE = 'feature_not_supported';
    END IF;
    EXECUTE format('SELECT %I.haulback_sha1($1)', home) INTO sum USING uuid_send(namespace) || convert_to(name, 'UTF8');
    sum := set_byte(set_byte(sum, 6, (get_byte(sum, 6) & 15) | 80), 8, (get_byte(sum, 8) & 63) | 128);
    RETURN encode(substr(sum, 1, 16), 'hex')::uuid;
END
$$;
