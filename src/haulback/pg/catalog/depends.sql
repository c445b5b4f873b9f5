-- Which object needs which. Objects that the server makes in one with another (a table's row type, a view's rule, a
-- constraint's index) have an internal dependency on it; the members of an extension one on the extension.
-- A column's default is tied to its column.
SELECT d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid, d.deptype
FROM pg_catalog.pg_depend AS d
WHERE d.objid >= 16384
    AND (d.refobjid >= 16384 OR d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass)
ORDER BY 1, 2, 3, 4, 5, 6, 7
