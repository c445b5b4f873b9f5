-- A gallery with one of everything that GraphQL's types are made of. `vault` is exposed as well but may not be
-- introspected, `attic` is not exposed.
CREATE SCHEMA gallery;
CREATE SCHEMA vault;
CREATE SCHEMA attic;
COMMENT ON SCHEMA gallery IS '@graphql({"inflect_names": true, "introspection": true, "max_rows": 50})';
GRANT USAGE ON SCHEMA gallery TO anon, authenticated;
GRANT USAGE ON SCHEMA vault, attic TO authenticated;

CREATE TYPE gallery.mood AS ENUM ('very happy', 'sad');
COMMENT ON TYPE gallery.mood IS '@graphql({"name": "Feeling", "mappings": {"very happy": "VERY_HAPPY"}})';
CREATE TYPE gallery.secret AS ENUM ('x');
REVOKE USAGE ON TYPE gallery.secret FROM PUBLIC;
CREATE TYPE attic.hidden_mood AS ENUM ('a');
CREATE TYPE gallery.size AS (width integer, height integer);
CREATE DOMAIN gallery.short AS text CHECK (length(VALUE) < 10);

CREATE TABLE gallery.artist (
    id serial PRIMARY KEY,
    full_name varchar(40) NOT NULL,
    code char(3) UNIQUE,
    mood gallery.mood,
    attic_mood attic.hidden_mood,
    secret gallery.secret,
    frame gallery.size,
    nick gallery.short,
    tags text[],
    moods gallery.mood[],
    facts jsonb,
    born date,
    seen timestamptz,
    wage numeric,
    weight real,
    visits bigint,
    alive boolean,
    token uuid,
    place point,
    shouted text GENERATED ALWAYS AS (upper(nick)) STORED,
    "! odd" text,
    renamed text
);
COMMENT ON TABLE gallery.artist IS
    '@graphql({"description": "who paints", "totalCount": {"enabled": true}, "aggregate": {"enabled": true}})';
COMMENT ON COLUMN gallery.artist.renamed IS '@graphql({"name": "calledElse", "description": "of a column"})';
CREATE UNIQUE INDEX artist_by_shouted ON gallery.artist (lower(full_name));

CREATE TABLE gallery.painting (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    artist_id integer NOT NULL REFERENCES gallery.artist,
    restored_by integer REFERENCES gallery.artist,
    copy_of bigint REFERENCES gallery.painting,
    title text
);
COMMENT ON TABLE gallery.painting IS '@graphql({"max_rows": 5})';
COMMENT ON CONSTRAINT painting_restored_by_fkey ON gallery.painting IS
    '@graphql({"foreign_name": "restorer", "local_name": "restorations"})';
COMMENT ON CONSTRAINT painting_copy_of_fkey ON gallery.painting IS
    '@graphql({"foreign_name": "original", "local_name": "copies"})';
-- Tells only some rows apart, so there may be many.
CREATE UNIQUE INDEX one_restored ON gallery.painting (restored_by) WHERE title IS NULL;

CREATE TABLE gallery.biography (
    artist_id integer PRIMARY KEY REFERENCES gallery.artist,
    story text
);
ALTER TABLE gallery.biography ENABLE ROW LEVEL SECURITY;
CREATE TABLE gallery.chapter (
    artist_id integer NOT NULL REFERENCES gallery.biography,
    number integer,
    PRIMARY KEY (artist_id, number)
);

CREATE TABLE gallery.visit (at date NOT NULL, id integer NOT NULL, PRIMARY KEY (at, id)) PARTITION BY RANGE (at);
CREATE TABLE gallery.visit_2026 PARTITION OF gallery.visit FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');

CREATE TABLE gallery.keyless (id integer);
CREATE TABLE gallery."@odd" (id integer PRIMARY KEY);
CREATE TABLE gallery.artist_edge (id integer PRIMARY KEY);
CREATE TABLE gallery.string (id integer PRIMARY KEY);

CREATE VIEW gallery.living AS SELECT id, full_name, 1 AS artist FROM gallery.artist WHERE alive;
COMMENT ON VIEW gallery.living IS '@graphql({"primary_key_columns": ["id"], "foreign_keys": [
    {"local_columns": ["artist"], "foreign_schema": "gallery", "foreign_table": "artist", "foreign_columns": ["id"],
     "local_name": "livings", "foreign_name": "person"},
    {"local_columns": ["nothing"], "foreign_schema": "gallery", "foreign_table": "artist", "foreign_columns": ["id"]},
    {"local_columns": ["id"], "foreign_schema": "attic", "foreign_table": "artist", "foreign_columns": ["id"]}]})';
CREATE VIEW gallery.undeclared AS SELECT id FROM gallery.artist;
CREATE VIEW gallery.misdeclared AS SELECT id FROM gallery.artist;
COMMENT ON VIEW gallery.misdeclared IS '@graphql({"primary_key_columns": ["nothing"]})';

CREATE FUNCTION gallery._greeting(gallery.artist) RETURNS text LANGUAGE sql STABLE AS 'SELECT ''hello''';
CREATE FUNCTION gallery.best(gallery.artist) RETURNS SETOF gallery.painting ROWS 1 LANGUAGE sql STABLE
    AS 'SELECT * FROM gallery.painting LIMIT 1';
CREATE FUNCTION gallery.works(gallery.artist) RETURNS SETOF gallery.painting LANGUAGE sql STABLE
    AS 'SELECT * FROM gallery.painting';
CREATE FUNCTION gallery.shadow(gallery.artist) RETURNS gallery.undeclared LANGUAGE sql STABLE
    AS 'SELECT * FROM gallery.undeclared LIMIT 1';
CREATE FUNCTION gallery.shadows(gallery.artist) RETURNS SETOF gallery.undeclared LANGUAGE sql STABLE
    AS 'SELECT * FROM gallery.undeclared';
CREATE FUNCTION gallery.words(gallery.artist) RETURNS SETOF text LANGUAGE sql STABLE AS 'SELECT ''a''';

CREATE FUNCTION gallery.add_up(first_one integer, other integer DEFAULT 3) RETURNS integer LANGUAGE sql IMMUTABLE
    AS 'SELECT $1 + $2';
CREATE FUNCTION gallery.newest() RETURNS gallery.painting LANGUAGE sql STABLE AS 'SELECT * FROM gallery.painting';
CREATE FUNCTION gallery.search(query text) RETURNS SETOF gallery.painting LANGUAGE sql STABLE
    AS 'SELECT * FROM gallery.painting';
CREATE FUNCTION gallery.clashing(filter text) RETURNS SETOF gallery.painting LANGUAGE sql STABLE
    AS 'SELECT * FROM gallery.painting';
CREATE FUNCTION gallery.buy(id integer) RETURNS bigint LANGUAGE sql VOLATILE AS 'SELECT 1::bigint';
COMMENT ON FUNCTION gallery.buy IS '@graphql({"name": "purchase", "description": "of a function"})';
CREATE FUNCTION gallery.split(VARIADIC words text[], OUT first text) LANGUAGE sql IMMUTABLE AS 'SELECT $1[1]';
CREATE FUNCTION gallery.twice(a integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 2';
CREATE FUNCTION gallery.twice(a text) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 2';
CREATE FUNCTION gallery.nameless(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 2';
CREATE FUNCTION gallery.columns() RETURNS TABLE (a integer, b text) LANGUAGE sql IMMUTABLE AS 'SELECT 1, ''b''';
CREATE FUNCTION gallery.column() RETURNS TABLE (a integer) LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION gallery.moody(mood gallery.mood) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION gallery.feeling_now() RETURNS gallery.mood LANGUAGE sql IMMUTABLE AS 'SELECT NULL::gallery.mood';
CREATE FUNCTION gallery.forbidden() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
REVOKE EXECUTE ON FUNCTION gallery.forbidden FROM PUBLIC;

CREATE TYPE vault.kind AS ENUM ('gold');
CREATE TABLE vault.coin (id integer PRIMARY KEY, kind vault.kind, artist_id integer REFERENCES gallery.artist);
CREATE TABLE vault.artist (id integer PRIMARY KEY);
COMMENT ON TABLE vault.artist IS '@graphql({"name": "Artist"})';
CREATE FUNCTION vault.open() RETURNS integer LANGUAGE sql STABLE AS 'SELECT 1';

GRANT ALL ON ALL TABLES IN SCHEMA gallery, vault TO authenticated;
GRANT SELECT (id, full_name, visits, attic_mood), UPDATE (full_name) ON gallery.artist TO anon;
GRANT SELECT (id, title) ON gallery.painting TO anon;
GRANT INSERT ON gallery.biography TO anon;
