-- name: access
-- What the asking role may use of a schema, and the schema's comment, as one row of planned.Row.
SELECT NULL::bigint,
       0::bigint,
       '',
       pg_catalog.json_build_object(
           'tables', (
               SELECT coalesce(pg_catalog.json_agg(relation.relname), '[]')
                 FROM pg_catalog.pg_class AS relation
                WHERE relation.relnamespace = namespace.oid
                  AND relation.relkind IN ('r', 'v', 'm', 'f', 'p')
                  AND NOT relation.relispartition
                  AND (pg_catalog.pg_has_role(relation.relowner, 'usage')
                       OR pg_catalog.has_table_privilege(
                              relation.oid, 'select, insert, update, delete, truncate, references, trigger')
                       OR pg_catalog.has_any_column_privilege(relation.oid, 'select, insert, update, references'))
           ),
           'functions', (
               SELECT coalesce(pg_catalog.json_agg(function.oid::bigint), '[]')
                 FROM pg_catalog.pg_proc AS function
                WHERE function.pronamespace = namespace.oid
                  AND pg_catalog.has_function_privilege(function.oid, 'execute')
           ),
           'comment', pg_catalog.obj_description(namespace.oid, 'pg_namespace')
       )::text,
       NULL::text,
       NULL::text,
       ''
  FROM pg_catalog.pg_namespace AS namespace
 WHERE namespace.nspname = $1::text
