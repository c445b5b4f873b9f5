-- Which cluster and which database this is: addresses of two readings mean the same only where both are equal.
SELECT s.system_identifier || '/' || d.oid
FROM pg_catalog.pg_control_system() AS s
CROSS JOIN pg_catalog.pg_database AS d
WHERE d.datname = pg_catalog.current_database()
ORDER BY 1
