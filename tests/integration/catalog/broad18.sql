-- What PostgreSQL 18 has and 15 has not.
CREATE EXTENSION btree_gist WITH SCHEMA app;
SET ROLE postgres;
SET search_path = app;
CREATE TABLE app.modern (
    a integer CONSTRAINT must NOT NULL,
    b integer NOT NULL NO INHERIT,
    c integer GENERATED ALWAYS AS (a + 1) VIRTUAL,
    d integer,
    period daterange,
    CONSTRAINT at_once PRIMARY KEY (a, period WITHOUT OVERLAPS),
    CONSTRAINT lax CHECK (d > 0) NOT ENFORCED
);
ALTER TABLE app.modern ADD CONSTRAINT soon NOT NULL d NOT VALID;
RESET ROLE;
RESET search_path;
CREATE PUBLICATION modern FOR TABLE app.modern WITH (publish_generated_columns = stored);
