-- A library: tables related in every way, and values of the types that filters are for.

CREATE SCHEMA library;

CREATE DOMAIN library.shout AS text;
CREATE FUNCTION library.json(library.shout) RETURNS json LANGUAGE sql IMMUTABLE
    AS $$ SELECT to_json(upper($1::text)) $$;
CREATE FUNCTION library.shout(text) RETURNS library.shout LANGUAGE sql IMMUTABLE
    AS $$ SELECT lower($1)::library.shout $$;
CREATE CAST (library.shout AS json) WITH FUNCTION library.json(library.shout) AS IMPLICIT;
CREATE CAST (text AS library.shout) WITH FUNCTION library.shout(text) AS IMPLICIT;

CREATE TABLE library.authors (
    id integer PRIMARY KEY,
    name text NOT NULL,
    about jsonb
);
CREATE TABLE library.shelves (
    id integer PRIMARY KEY,
    room text NOT NULL
);
CREATE TABLE library.books (
    id integer PRIMARY KEY,
    title text NOT NULL,
    author integer REFERENCES library.authors,
    editor integer CONSTRAINT books_edited_by REFERENCES library.authors,
    shelf integer REFERENCES library.shelves,
    pages integer,
    tags text[] NOT NULL DEFAULT '{}',
    lent tstzrange,
    plain json,
    mark library.shout
);
CREATE TABLE library.covers (
    book integer PRIMARY KEY REFERENCES library.books,
    colour text NOT NULL
);
CREATE TABLE library.readers (
    id integer PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE library.loans (
    book integer REFERENCES library.books,
    reader integer REFERENCES library.readers,
    PRIMARY KEY (book, reader)
);
CREATE TABLE library.topics (
    id integer PRIMARY KEY,
    name text NOT NULL,
    above integer REFERENCES library.topics
);
CREATE TABLE library."odd ""names"".é" (
    "a.b" integer PRIMARY KEY,
    "c,d" text,
    "e-f" text
);

CREATE FUNCTION library.thick_books(library.authors) RETURNS SETOF library.books LANGUAGE sql STABLE
    AS $$ SELECT * FROM library.books WHERE author = $1.id AND pages > 200 $$;
CREATE FUNCTION library.writer(library.books) RETURNS SETOF library.authors ROWS 1 LANGUAGE sql STABLE
    AS $$ SELECT * FROM library.authors WHERE id = $1.author $$;
CREATE FUNCTION library.title_length(library.books) RETURNS integer LANGUAGE sql STABLE
    AS $$ SELECT length($1.title) $$;

INSERT INTO library.authors VALUES
    (1, 'Ada', '{"born": {"year": 1815}, "names": ["Augusta", "Ada"]}'),
    (2, 'Bob', '{"born": {"year": 1950}}'),
    (3, 'Cy', NULL);
INSERT INTO library.shelves VALUES (1, 'north'), (2, 'south');
INSERT INTO library.books VALUES
    (1, 'Engines', 1, 2, 1, 300, '{maths,machines}', '[2020-01-01,2020-02-01)', '{"k": [1, 2]}', 'fine'),
    (2, 'Numbers', 1, NULL, 2, 120, '{maths}', NULL, '{"k": [3]}', 'worn'),
    (3, 'Boats', 2, 1, 1, 250, '{sea}', '[2021-01-01,2021-02-01)', NULL, NULL),
    (4, 'Nobody''s "Book", (lost)', NULL, NULL, NULL, NULL, '{}', NULL, NULL, NULL);
INSERT INTO library.covers VALUES (1, 'red'), (3, 'blue');
INSERT INTO library.readers VALUES (1, 'Rita'), (2, 'Sam'), (3, 'Tom');
INSERT INTO library.loans VALUES (1, 1), (1, 2), (2, 1), (3, 2);
INSERT INTO library.topics VALUES (1, 'science', NULL), (2, 'maths', 1), (3, 'physics', 1);
INSERT INTO library."odd ""names"".é" VALUES (1, 'x', 'y'), (2, 'z', NULL);
