-- To which column an expression belongs that computes it or fills it in: its own dependencies are the column's.
SELECT f.tableoid, f.oid, 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, f.adrelid, f.adnum
FROM pg_catalog.pg_attrdef AS f
ORDER BY f.oid
