-- Queries of the platform room.

-- name: give_extension
-- There is no ALTER EXTENSION ... OWNER. The bootstrap superuser, who owns it so far, is pinned and has no
-- row in pg_shdepend; the new owner needs one, so that the role cannot go before the extension.
WITH given AS (
    UPDATE pg_catalog.pg_extension SET extowner = %(owner)s::pg_catalog.regrole
    WHERE extname = %(name)s
    RETURNING oid, extowner
)
INSERT INTO pg_catalog.pg_shdepend (dbid, classid, objid, objsubid, refclassid, refobjid, deptype)
SELECT d.oid, 'pg_catalog.pg_extension'::pg_catalog.regclass, given.oid, 0,
    'pg_catalog.pg_authid'::pg_catalog.regclass, given.extowner, 'o'
FROM given, pg_catalog.pg_database AS d
WHERE d.datname = pg_catalog.current_database();

-- name: remember_objects
CREATE TEMPORARY TABLE haulback_remembered ON COMMIT DROP AS
SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass AS classid, oid FROM pg_catalog.pg_proc
UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, oid FROM pg_catalog.pg_class
UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, oid FROM pg_catalog.pg_type
UNION ALL SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, oid FROM pg_catalog.pg_namespace
UNION ALL SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass, oid FROM pg_catalog.pg_operator
UNION ALL SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass, oid FROM pg_catalog.pg_opclass
UNION ALL SELECT 'pg_catalog.pg_opfamily'::pg_catalog.regclass, oid FROM pg_catalog.pg_opfamily
UNION ALL SELECT 'pg_catalog.pg_am'::pg_catalog.regclass, oid FROM pg_catalog.pg_am
UNION ALL SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, oid FROM pg_catalog.pg_language
UNION ALL SELECT 'pg_catalog.pg_cast'::pg_catalog.regclass, oid FROM pg_catalog.pg_cast;

-- name: register_extension
-- CREATE EXTENSION by hand: the row, its dependence on its schema, and its owner's.
WITH made AS (
    INSERT INTO pg_catalog.pg_extension
        (oid, extname, extowner, extnamespace, extrelocatable, extversion, extconfig, extcondition)
    SELECT pg_catalog.pg_nextoid('pg_catalog.pg_extension', 'oid', 'pg_catalog.pg_extension_oid_index'),
        %(name)s, %(owner)s::pg_catalog.regrole, n.oid, false, %(version)s, NULL, NULL
    FROM pg_catalog.pg_namespace AS n WHERE n.nspname = %(schema)s
    RETURNING oid, extowner, extnamespace
), placed AS (
    INSERT INTO pg_catalog.pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
    SELECT 'pg_catalog.pg_extension'::pg_catalog.regclass, made.oid, 0,
        'pg_catalog.pg_namespace'::pg_catalog.regclass, made.extnamespace, 0, 'n'
    FROM made
)
INSERT INTO pg_catalog.pg_shdepend (dbid, classid, objid, objsubid, refclassid, refobjid, deptype)
SELECT d.oid, 'pg_catalog.pg_extension'::pg_catalog.regclass, made.oid, 0,
    'pg_catalog.pg_authid'::pg_catalog.regclass, made.extowner, 'o'
FROM made, pg_catalog.pg_database AS d
WHERE d.datname = pg_catalog.current_database();

-- name: list_memberships
-- What depends on another new object (a row type, an index, an array type) belongs through that.
WITH now_there AS (
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass AS classid, oid FROM pg_catalog.pg_proc
    UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, oid FROM pg_catalog.pg_class
        WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, oid FROM pg_catalog.pg_type AS t
        WHERE t.typelem = 0 OR t.typsubscript <> 'pg_catalog.array_subscript_handler'::pg_catalog.regproc
    UNION ALL SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, oid FROM pg_catalog.pg_namespace
    UNION ALL SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass, oid FROM pg_catalog.pg_operator
    UNION ALL SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass, oid FROM pg_catalog.pg_opclass
    UNION ALL SELECT 'pg_catalog.pg_opfamily'::pg_catalog.regclass, oid FROM pg_catalog.pg_opfamily
    UNION ALL SELECT 'pg_catalog.pg_am'::pg_catalog.regclass, oid FROM pg_catalog.pg_am
    UNION ALL SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, oid FROM pg_catalog.pg_language
    UNION ALL SELECT 'pg_catalog.pg_cast'::pg_catalog.regclass, oid FROM pg_catalog.pg_cast
), made AS (
    SELECT n.classid, n.oid, i.type, i.identity
    FROM now_there AS n
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(n.classid, n.oid, 0) AS i
    WHERE NOT EXISTS (
            SELECT FROM pg_temp.haulback_remembered AS r WHERE r.classid = n.classid AND r.oid = n.oid
        )
        AND coalesce(i.schema, '') !~ '^pg_(temp|toast)'
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS d
            WHERE d.classid = n.classid AND d.objid = n.oid AND d.deptype IN ('i', 'e')
        )
)
SELECT 'ALTER EXTENSION ' || pg_catalog.quote_ident(%(name)s) || ' ADD '
    || CASE type WHEN 'composite type' THEN 'TYPE' ELSE pg_catalog.upper(type) END || ' ' || identity
FROM made
ORDER BY classid, oid;
