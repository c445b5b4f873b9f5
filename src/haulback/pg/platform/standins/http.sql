-- standin http 1.6
CREATE DOMAIN http_method AS text;
CREATE DOMAIN content_type AS text CHECK (VALUE ~ '^\S+/\S+');
CREATE TYPE http_header AS (field varchar, value varchar);
CREATE TYPE http_response AS (status integer, content_type varchar, headers http_header[], content varchar);
CREATE TYPE http_request AS (
    method http_method, uri varchar, headers http_header[], content_type varchar, content varchar
);
CREATE FUNCTION http_header(field varchar, value varchar) RETURNS http_header LANGUAGE sql AS $$ SELECT $1, $2 $$;
--! http(request http_request) returns http_response
--! http_get(uri varchar) returns http_response
--! http_get(uri varchar, data jsonb) returns http_response
--! http_post(uri varchar, content varchar, content_type varchar) returns http_response
--! http_post(uri varchar, data jsonb) returns http_response
--! http_put(uri varchar, content varchar, content_type varchar) returns http_response
--! http_patch(uri varchar, content varchar, content_type varchar) returns http_response
--! http_delete(uri varchar) returns http_response
--! http_delete(uri varchar, content varchar, content_type varchar) returns http_response
--! http_head(uri varchar) returns http_response
--! http_set_curlopt(curlopt varchar, value varchar) returns boolean
--! http_reset_curlopt() returns boolean
--! urlencode(string varchar) returns text IMMUTABLE
--! urlencode(data jsonb) returns text IMMUTABLE
