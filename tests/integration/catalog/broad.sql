-- One of every kind that the catalog room models. Runs as the superuser in a database with the platform.
CREATE ROLE shape_reader NOLOGIN;
SET check_function_bodies = off;
CREATE ROLE shape_writer LOGIN CONNECTION LIMIT 7 VALID UNTIL '2031-01-02 03:04:05+00';
COMMENT ON ROLE shape_reader IS 'reads shapes';
GRANT shape_reader TO shape_writer;
ALTER ROLE shape_writer SET statement_timeout TO '9s';
ALTER ROLE shape_writer SET search_path TO "$user", public, "Odd Schema";

CREATE SCHEMA app AUTHORIZATION postgres;
CREATE SCHEMA "Odd Schema";
COMMENT ON SCHEMA app IS 'it''s \ app';
GRANT USAGE ON SCHEMA app TO anon, authenticated;
GRANT CREATE ON SCHEMA app TO service_role WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA app GRANT SELECT ON TABLES TO anon;
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA app GRANT ALL ON SEQUENCES TO service_role;
ALTER DEFAULT PRIVILEGES FOR ROLE shape_writer REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE EXTENSION citext WITH SCHEMA app;
CREATE EXTENSION postgres_fdw WITH SCHEMA app;

SET ROLE postgres;
CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'it''s fine');
COMMENT ON TYPE app.mood IS 'moods';
CREATE COLLATION app.bytes (provider = libc, locale = 'C');
CREATE TYPE app.pair AS (a integer, "B c" text COLLATE "C");
COMMENT ON COLUMN app.pair.a IS 'first';
CREATE TYPE app.span AS RANGE (subtype = float8, subtype_diff = float8mi, multirange_type_name = app.spans);
CREATE DOMAIN app.age AS integer DEFAULT 18 NOT NULL CONSTRAINT adult CHECK (VALUE >= 0) CHECK (VALUE < 200);
CREATE DOMAIN app.code AS varchar(8) COLLATE "C" CONSTRAINT known CHECK (VALUE IN ('a', 'b'));
REVOKE ALL ON TYPE app.code FROM PUBLIC;
GRANT USAGE ON TYPE app.code TO anon;

CREATE SEQUENCE app.free AS smallint START 5 INCREMENT 5 MAXVALUE 500 CACHE 3 CYCLE;
COMMENT ON SEQUENCE app.free IS 'numbers';

CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ begin new.updated = now(); return new; end $$;
CREATE FUNCTION app.twice(n integer, by integer DEFAULT 2) RETURNS integer LANGUAGE sql IMMUTABLE
    AS $$ select n * by $$;
CREATE FUNCTION app.later(app.mood) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' COST 7
    AS $$ select 'not yet' from app.missing $$;
COMMENT ON FUNCTION app.twice(integer, integer) IS 'doubles';
REVOKE ALL ON FUNCTION app.twice(integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.twice(integer, integer) TO authenticated, service_role;
CREATE PROCEDURE app.work(INOUT n integer) LANGUAGE plpgsql AS $$ begin n := n + 1; end $$;
CREATE AGGREGATE app.total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0', PARALLEL = safe);
COMMENT ON AGGREGATE app.total(integer) IS 'sums';

CREATE TABLE app.people (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 100) PRIMARY KEY,
    name text NOT NULL,
    nick app.citext COLLATE "C" DEFAULT 'x',
    email varchar(80) UNIQUE,
    mood app.mood DEFAULT 'ok' NOT NULL,
    age app.age,
    spot app.pair,
    during app.span,
    status varchar(20) DEFAULT 'new' CHECK (status IN ('new', 'old', 'it''s, [odd]')),
    doubled integer GENERATED ALWAYS AS (app.twice(4)) STORED,
    updated timestamptz DEFAULT now(),
    tags text[] DEFAULT '{}',
    score numeric(6, 2) DEFAULT app.twice(3),
    CONSTRAINT named CHECK (length(name) > 0) NO INHERIT
) WITH (fillfactor = 80, autovacuum_enabled = off, toast.autovacuum_enabled = off);
COMMENT ON TABLE app.people IS 'who';
COMMENT ON COLUMN app.people.name IS 'how they are called';
COMMENT ON CONSTRAINT named ON app.people IS 'not empty';
ALTER TABLE app.people ALTER COLUMN name SET STORAGE EXTERNAL, ALTER COLUMN name SET STATISTICS 50,
    ALTER COLUMN email SET COMPRESSION pglz, ALTER COLUMN score SET (n_distinct = 5);
ALTER TABLE app.people ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON app.people TO authenticated WITH GRANT OPTION;
GRANT UPDATE (name, nick) ON app.people TO anon;
REVOKE TRUNCATE ON app.people FROM postgres;
CREATE INDEX people_lower ON app.people (lower(name) text_pattern_ops DESC NULLS LAST) INCLUDE (id)
    WITH (fillfactor = 70) WHERE status = ANY (ARRAY['new', 'old']);
ALTER INDEX app.people_lower ALTER COLUMN 1 SET STATISTICS 33;
COMMENT ON INDEX app.people_lower IS 'finds';
CREATE UNIQUE INDEX people_nick ON app.people (nick, name);
ALTER TABLE app.people CLUSTER ON people_nick;
CREATE STATISTICS app.people_stats (dependencies, mcv) ON name, status FROM app.people;
ALTER STATISTICS app.people_stats SET STATISTICS 77;
CREATE POLICY own ON app.people FOR SELECT TO anon, authenticated USING (name = current_user);
CREATE POLICY strict ON app.people AS RESTRICTIVE FOR UPDATE USING (true) WITH CHECK (status IN ('new', 'old'));
COMMENT ON POLICY own ON app.people IS 'theirs';
CREATE TRIGGER touch BEFORE UPDATE OF name, status ON app.people FOR EACH ROW
    WHEN (old.status IS DISTINCT FROM new.status) EXECUTE FUNCTION app.touch();
CREATE TRIGGER off BEFORE INSERT ON app.people FOR EACH ROW EXECUTE FUNCTION app.touch();
ALTER TABLE app.people DISABLE TRIGGER off;
COMMENT ON TRIGGER touch ON app.people IS 'keeps time';

CREATE TABLE app.pets (
    id serial PRIMARY KEY,
    owner_id bigint NOT NULL REFERENCES app.people ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    parent integer REFERENCES app.pets,
    kept daterange,
    note text DEFAULT 'a\b',
    EXCLUDE USING gist (kept WITH &&)
);
ALTER TABLE app.pets REPLICA IDENTITY FULL;
ALTER TABLE app.pets ADD CONSTRAINT unchecked CHECK (id > 0) NOT VALID;
CREATE UNLOGGED TABLE app.volatile (k integer NOT NULL, v text);
CREATE UNIQUE INDEX volatile_k ON app.volatile (k);
ALTER TABLE app.volatile REPLICA IDENTITY USING INDEX volatile_k;
CREATE RULE quiet AS ON DELETE TO app.volatile DO INSTEAD NOTHING;
COMMENT ON RULE quiet ON app.volatile IS 'never';

CREATE TABLE app.events (id bigint NOT NULL, at date NOT NULL, kind text DEFAULT 'k', PRIMARY KEY (id, at))
    PARTITION BY RANGE (at);
CREATE TABLE app.events_old PARTITION OF app.events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE app.events_new (kind text DEFAULT 'n', id bigint NOT NULL, at date NOT NULL);
ALTER TABLE app.events ATTACH PARTITION app.events_new FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE TABLE app.events_rest PARTITION OF app.events DEFAULT;
CREATE INDEX events_kind ON app.events (kind);
CREATE TABLE app.refers (event_id bigint, event_at date, FOREIGN KEY (event_id, event_at) REFERENCES app.events);
CREATE TABLE app.animal (id integer, name text NOT NULL CHECK (name <> ''));
CREATE TABLE app.cat (lives integer DEFAULT 9) INHERITS (app.animal);

CREATE VIEW app.adults WITH (security_invoker = on, security_barrier = on) AS
    SELECT p.id, p.name, count(*) AS pets FROM app.people p JOIN app.pets t ON t.owner_id = p.id
    WHERE p.status IN ('new', 'old') GROUP BY p.id;
CREATE VIEW app.names AS SELECT id, name, lower(name) AS "Lower" FROM app.people WITH LOCAL CHECK OPTION;
ALTER VIEW app.names ALTER COLUMN name SET DEFAULT 'nobody';
COMMENT ON VIEW app.names IS 'names';
COMMENT ON COLUMN app.names."Lower" IS 'small';
GRANT SELECT (id) ON app.names TO anon;
CREATE VIEW app.above AS SELECT * FROM app.names WHERE id > 3;
CREATE MATERIALIZED VIEW app.counts AS SELECT status, count(*) AS n FROM app.people GROUP BY status;
CREATE UNIQUE INDEX counts_status ON app.counts (status);
CREATE MATERIALIZED VIEW app.empty AS SELECT 1 AS one WITH NO DATA;
CREATE FUNCTION app.grown(p app.people) RETURNS boolean LANGUAGE sql STABLE
    RETURN (p.age > 17);
CREATE FUNCTION app.everybody() RETURNS SETOF app.people LANGUAGE sql STABLE AS $$ select * from app.people $$;
CREATE TRIGGER into_names INSTEAD OF INSERT ON app.names FOR EACH ROW EXECUTE FUNCTION app.touch();
RESET ROLE;

CREATE FUNCTION app.same(app.pair, app.pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ select true $$;
CREATE OPERATOR app.=== (FUNCTION = app.same, LEFTARG = app.pair, RIGHTARG = app.pair, COMMUTATOR = OPERATOR(app.===));
CREATE FUNCTION app.as_text(app.pair) RETURNS text LANGUAGE sql IMMUTABLE AS $$ select 'p' $$;
CREATE CAST (app.pair AS text) WITH FUNCTION app.as_text(app.pair) AS ASSIGNMENT;
CREATE TEXT SEARCH DICTIONARY app.plain (TEMPLATE = pg_catalog.simple, STOPWORDS = english);
CREATE TEXT SEARCH CONFIGURATION app.search (PARSER = pg_catalog."default");
ALTER TEXT SEARCH CONFIGURATION app.search ADD MAPPING FOR asciiword, word WITH app.plain, pg_catalog.simple;
CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'nowhere', dbname 'x');
CREATE FOREIGN TABLE app.remote (id integer OPTIONS (column_name 'no') NOT NULL, name text) SERVER far
    OPTIONS (table_name 't');
CREATE PUBLICATION few FOR TABLE app.people (id, name) WHERE (id > 5)
    WITH (publish = 'insert, update');
CREATE PUBLICATION pets FOR TABLE app.pets, TABLES IN SCHEMA "Odd Schema";
COMMENT ON PUBLICATION pets IS 'out';
CREATE FUNCTION app.watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ begin null; end $$;
CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION app.watch();
