-- Columns of tables and foreign tables, in their order. The NOT NULL constraint of PostgreSQL 18 is part of the
-- column; its name counts only where it is not the one the server would choose.
SELECT c.tableoid, c.oid, a.attnum, pg_catalog.json_build_object(
    'identity', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) || '.'
        || pg_catalog.quote_ident(a.attname),
    '_parent', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
    '_parent_kind', CASE WHEN c.relkind = 'f' THEN 'foreign_table' ELSE 'table' END,
    '_name', pg_catalog.quote_ident(a.attname),
    'inherited', NOT a.attislocal,
    'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
    'collation', CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::pg_catalog.regcollation::text END,
    'not_null', a.attnotnull,
    'not_null_name', CASE WHEN k.coninhcount = 0 AND k.conname <> c.relname || '_' || a.attname || '_not_null'
        THEN pg_catalog.quote_ident(k.conname) END,
    -- An inherited one has its parent's name, or another that nobody can change.
    '_not_null_name', CASE WHEN k.coninhcount = 0 THEN pg_catalog.quote_ident(k.conname) END,
    -- What makes a partition anew says it: the server would choose another.
    '_not_null_given', CASE WHEN k.coninhcount > 0 AND c.relispartition THEN pg_catalog.quote_ident(k.conname) END,
    'not_null_inherited', NULLIF(NOT k.conislocal, false),
    'not_null_no_inherit', k.connoinherit,
    'not_null_unchecked', NOT k.convalidated,
    '_decides_partition', CASE WHEN c.relkind = 'p' THEN (
        SELECT p.partattrs::pg_catalog.int2[] @> ARRAY[a.attnum]
        FROM pg_catalog.pg_partitioned_table AS p WHERE p.partrelid = c.oid) END,
    'generated', NULLIF(a.attgenerated, ''),
    'expression', CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(f.adbin, f.adrelid) END,
    'identity_when', NULLIF(a.attidentity, ''),
    'sequence', CASE WHEN a.attidentity <> '' THEN (
        SELECT pg_catalog.json_build_object(
            'name', pg_catalog.quote_ident(qn.nspname) || '.' || pg_catalog.quote_ident(q.relname),
            'start', s.seqstart, 'increment', s.seqincrement, 'minimum', s.seqmin, 'maximum', s.seqmax,
            'cache', s.seqcache, 'cycle', s.seqcycle)
        FROM pg_catalog.pg_depend AS w
        JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = w.objid
        JOIN pg_catalog.pg_class AS q ON q.oid = s.seqrelid
        JOIN pg_catalog.pg_namespace AS qn ON qn.oid = q.relnamespace
        WHERE w.classid = c.tableoid AND w.refclassid = c.tableoid AND w.refobjid = c.oid
            AND w.refobjsubid = a.attnum AND w.deptype = 'i') END,
    'storage', CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage END,
    'compression', NULLIF(a.attcompression, ''),
    'statistics', NULLIF(a.attstattarget, -1),
    -- Since 15.20 the server notes a version of its own among the options, another in every database.
    'options', NULLIF(ARRAY(
        SELECT o FROM pg_catalog.unnest(a.attoptions) AS o
        WHERE NOT pg_catalog.starts_with(o, 'pg_attver=')), '{}'),
    'foreign_options', a.attfdwoptions,
    'acl', CASE WHEN pg_catalog.cardinality(a.attacl) > 0 THEN a.attacl::text[] END,
    'comment', d.description)::text
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef AS f ON a.attgenerated <> '' AND f.adrelid = a.attrelid AND f.adnum = a.attnum
LEFT JOIN pg_catalog.pg_constraint AS k
    ON a.attnotnull AND k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey[1] = a.attnum
LEFT JOIN pg_catalog.pg_description AS d
    ON d.classoid = c.tableoid AND d.objoid = a.attrelid AND d.objsubid = a.attnum
WHERE c.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped
    AND c.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND n.nspname <> ALL (%(leave_out)s)
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = c.tableoid AND e.objid = c.oid AND e.objsubid = 0 AND e.deptype = 'e')
ORDER BY a.attrelid, a.attnum
