-- To which column an expression belongs that computes it or fills it in: its own dependencies are the column's; and
-- to which domain a constraint belongs.
SELECT f.tableoid, f.oid, 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, f.adrelid, f.adnum
FROM pg_catalog.pg_attrdef AS f
UNION ALL
SELECT k.tableoid, k.oid, 'pg_catalog.pg_type'::pg_catalog.regclass::pg_catalog.oid, k.contypid, 0
FROM pg_catalog.pg_constraint AS k
WHERE k.contypid <> 0 AND k.oid >= 16384
ORDER BY 2, 1
