-- standin pgjwt 0.2.0
-- Real: RFC 7515 with HMAC from pgcrypto, wherever that is installed.
CREATE FUNCTION url_encode(data bytea) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT translate(encode(data, 'base64'), E'+/=\n', '-_')
$$;
CREATE FUNCTION url_decode(data text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT decode(rpad(translate(data, '-_', '+/'), (length(data) + 3) / 4 * 4, '='), 'base64')
$$;
CREATE FUNCTION algorithm_sign(signables text, secret text, algorithm text) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    home text := (
        SELECT n.nspname FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
        WHERE p.proname = 'hmac' AND p.pronargs = 3 LIMIT 1
    );
    hash text := CASE algorithm WHEN 'HS256' THEN 'sha256' WHEN 'HS384' THEN 'sha384' WHEN 'HS512' THEN 'sha512' END;
    sum bytea;
BEGIN
    IF home IS NULL OR hash IS NULL THEN
        RAISE EXCEPTION 'extension "pgjwt" is a stand-in here: it cannot sign with % %', algorithm,
            CASE WHEN home IS NULL THEN 'without extension "pgcrypto"' ELSE '' END
            USING ERRCODE = 'feature_not_supported';
    END IF;
    EXECUTE format('SELECT %I.hmac($1::text, $2::text, $3)', home) INTO sum USING signables, secret, hash;
    RETURN translate(encode(sum, 'base64'), E'+/=\n', '-_');
END
$$;
CREATE FUNCTION sign(payload json, secret text, algorithm text DEFAULT 'HS256') RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    home text := (
        SELECT n.nspname FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
        WHERE p.proname = 'algorithm_sign' LIMIT 1
    );
    body text := translate(
        encode(convert_to('{"alg":"' || algorithm || '","typ":"JWT"}', 'UTF8'), 'base64'), E'+/=\n', '-_'
    ) || '.' || translate(encode(convert_to(payload::text, 'UTF8'), 'base64'), E'+/=\n', '-_');
    signature text;
BEGIN
    EXECUTE format('SELECT %I.algorithm_sign($1, $2, $3)', home) INTO signature USING body, secret, algorithm;
    RETURN body || '.' || signature;
END
$$;
CREATE FUNCTION verify(token text, secret text, algorithm text DEFAULT 'HS256')
RETURNS TABLE (header json, payload json, valid boolean) LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    home text := (
        SELECT n.nspname FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
        WHERE p.proname = 'algorithm_sign' LIMIT 1
    );
    parts text[] := string_to_array(token, '.');
BEGIN
    RETURN QUERY EXECUTE format(
        $query$
        SELECT convert_from(%1$I.url_decode($1), 'UTF8')::json, convert_from(%1$I.url_decode($2), 'UTF8')::json,
            $3 = %1$I.algorithm_sign($1 || '.' || $2, $4, $5)
            AND coalesce((convert_from(%1$I.url_decode($2), 'UTF8')::json ->> 'exp')::numeric > extract(epoch FROM now()), true)
            AND coalesce((convert_from(%1$I.url_decode($2), 'UTF8')::json ->> 'nbf')::numeric <= extract(epoch FROM now()), true)
        $query$, home
    ) USING parts[1], parts[2], parts[3], secret, algorithm;
END
$$;
