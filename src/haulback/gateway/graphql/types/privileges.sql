-- What a role may do, of what is exposed; no rows of `schemas` where there is no such role.

-- name: schemas
SELECT namespace.nspname::text
  FROM pg_catalog.pg_roles AS role
  JOIN pg_catalog.pg_namespace AS namespace ON pg_catalog.has_schema_privilege(role.oid, namespace.oid, 'usage')
 WHERE role.rolname = %(role)s
 ORDER BY namespace.nspname;

-- name: tables
-- Columns by name are those that are granted by themselves; where the whole table is, all are.
SELECT relation.oid,
       pg_catalog.has_table_privilege(role.oid, relation.oid, 'select'),
       pg_catalog.has_table_privilege(role.oid, relation.oid, 'insert'),
       pg_catalog.has_table_privilege(role.oid, relation.oid, 'update'),
       pg_catalog.has_table_privilege(role.oid, relation.oid, 'delete'),
       single.selectable,
       single.insertable,
       single.updatable
  FROM pg_catalog.pg_roles AS role
  CROSS JOIN pg_catalog.pg_class AS relation
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
  CROSS JOIN LATERAL (
      SELECT coalesce(pg_catalog.array_agg(attribute.attname::text) FILTER (
                 WHERE pg_catalog.has_column_privilege(role.oid, relation.oid, attribute.attnum, 'select')), '{}')
                 AS selectable,
             coalesce(pg_catalog.array_agg(attribute.attname::text) FILTER (
                 WHERE pg_catalog.has_column_privilege(role.oid, relation.oid, attribute.attnum, 'insert')), '{}')
                 AS insertable,
             coalesce(pg_catalog.array_agg(attribute.attname::text) FILTER (
                 WHERE pg_catalog.has_column_privilege(role.oid, relation.oid, attribute.attnum, 'update')), '{}')
                 AS updatable
        FROM pg_catalog.pg_attribute AS attribute
       WHERE attribute.attrelid = relation.oid
         AND attribute.attnum > 0
         AND NOT attribute.attisdropped
         -- Grants of single columns are rare, and asking for each column is what takes the time.
         AND attribute.attacl IS NOT NULL
  ) AS single
 WHERE role.rolname = %(role)s
   AND namespace.nspname = ANY (%(schemas)s)
   AND pg_catalog.has_schema_privilege(role.oid, namespace.oid, 'usage')
   AND relation.relkind IN ('r', 'v', 'm', 'f', 'p')
   AND NOT relation.relispartition
   AND (pg_catalog.has_any_column_privilege(role.oid, relation.oid, 'select, insert, update')
        OR pg_catalog.has_table_privilege(role.oid, relation.oid, 'delete'))
 ORDER BY relation.oid;

-- name: functions
SELECT function.oid
  FROM pg_catalog.pg_roles AS role
  CROSS JOIN pg_catalog.pg_proc AS function
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = function.pronamespace
 WHERE role.rolname = %(role)s
   AND namespace.nspname = ANY (%(schemas)s)
   AND pg_catalog.has_schema_privilege(role.oid, namespace.oid, 'usage')
   AND pg_catalog.has_function_privilege(role.oid, function.oid, 'execute')
 ORDER BY function.oid;

-- name: unusable_types
SELECT type.oid
  FROM pg_catalog.pg_roles AS role
  CROSS JOIN pg_catalog.pg_type AS type
 WHERE role.rolname = %(role)s
   AND type.typacl IS NOT NULL
   AND NOT pg_catalog.has_type_privilege(role.oid, type.oid, 'usage')
 ORDER BY type.oid;
