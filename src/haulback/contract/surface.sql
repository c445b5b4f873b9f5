-- What each role may do in the exposed schemas, besides what the schema cache tells of them.

-- name: roles
SELECT role.rolname::text
  FROM pg_catalog.pg_roles AS role
 WHERE role.rolname = ANY (%(roles)s)
 ORDER BY pg_catalog.array_position(%(roles)s::text[], role.rolname::text);

-- name: privileges
-- By role, relation and verb the columns that may be used; no columns mean all of them.
SELECT role.rolname::text,
       namespace.nspname::text,
       relation.relname::text,
       verb.name,
       whole.allowed,
       ARRAY (
           SELECT attribute.attname::text
             FROM pg_catalog.pg_attribute AS attribute
            WHERE NOT whole.allowed
              AND verb.name <> 'delete'
              AND attribute.attrelid = relation.oid
              AND attribute.attnum > 0
              AND NOT attribute.attisdropped
              AND pg_catalog.has_column_privilege(role.oid, relation.oid, attribute.attnum, verb.name)
            ORDER BY attribute.attnum
       )
  FROM pg_catalog.pg_class AS relation
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
  JOIN pg_catalog.pg_roles AS role
    ON role.rolname = ANY (%(roles)s)
   AND pg_catalog.has_schema_privilege(role.oid, namespace.oid, 'usage')
 CROSS JOIN (VALUES ('select'), ('insert'), ('update'), ('delete')) AS verb (name)
 CROSS JOIN LATERAL (
     SELECT pg_catalog.has_table_privilege(role.oid, relation.oid, verb.name) AS allowed
 ) AS whole
 WHERE namespace.nspname = ANY (%(schemas)s)
   AND relation.relkind IN ('r', 'v', 'm', 'f', 'p')
   AND NOT relation.relispartition
 ORDER BY namespace.nspname, relation.relname, role.rolname, verb.name;

-- name: given
-- Columns that fill themselves on insert without a default: identities and generated ones; whether they take no value.
SELECT namespace.nspname::text,
       relation.relname::text,
       attribute.attname::text,
       attribute.attgenerated <> ''
  FROM pg_catalog.pg_attribute AS attribute
  JOIN pg_catalog.pg_class AS relation ON relation.oid = attribute.attrelid
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
 WHERE namespace.nspname = ANY (%(schemas)s)
   AND (attribute.attgenerated <> '' OR attribute.attidentity <> '')
   AND NOT attribute.attisdropped
 ORDER BY namespace.nspname, relation.relname, attribute.attnum;

-- name: filling
-- Tables with a trigger that may fill what an insert leaves out.
SELECT DISTINCT namespace.nspname::text,
       relation.relname::text
  FROM pg_catalog.pg_trigger AS trigger
  JOIN pg_catalog.pg_class AS relation ON relation.oid = trigger.tgrelid
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
 WHERE namespace.nspname = ANY (%(schemas)s)
   AND NOT trigger.tgisinternal
   -- As PostgreSQL numbers them: 2 before, 4 insert, 64 instead of.
   AND trigger.tgtype & 66 <> 0
   AND trigger.tgtype & 4 <> 0
 ORDER BY 1, 2;

-- name: lists
-- Check constraints on one column alone, such as may hold it to a list.
SELECT namespace.nspname::text,
       relation.relname::text,
       attribute.attname::text,
       pg_catalog.pg_get_constraintdef(checked.oid)
  FROM pg_catalog.pg_constraint AS checked
  JOIN pg_catalog.pg_class AS relation ON relation.oid = checked.conrelid
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
  JOIN pg_catalog.pg_attribute AS attribute
    ON attribute.attrelid = checked.conrelid AND attribute.attnum = checked.conkey[1]
 WHERE namespace.nspname = ANY (%(schemas)s)
   AND checked.contype = 'c'
   AND pg_catalog.cardinality(checked.conkey) = 1
 ORDER BY namespace.nspname, relation.relname, attribute.attnum, checked.conname;

-- name: calls
-- By function the roles that may call it, its type with its schema, and what it says of the columns it returns.
SELECT function.oid::bigint,
       pg_catalog.format_type(function.prorettype, NULL),
       ARRAY (
           SELECT role.rolname::text
             FROM pg_catalog.pg_roles AS role
            WHERE role.rolname = ANY (%(roles)s)
              AND pg_catalog.has_schema_privilege(role.oid, function.pronamespace, 'usage')
              AND pg_catalog.has_function_privilege(role.oid, function.oid, 'execute')
            ORDER BY pg_catalog.array_position(%(roles)s::text[], role.rolname::text)
       ),
       ARRAY (
           SELECT ARRAY [coalesce(function.proargnames[part.place], ''), pg_catalog.format_type(part.type, NULL)]
             FROM pg_catalog.unnest(function.proallargtypes) WITH ORDINALITY AS part (type, place)
            WHERE function.proargmodes[part.place] IN ('o', 'b', 't')
            ORDER BY part.place
       )
  FROM pg_catalog.pg_proc AS function
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = function.pronamespace
 WHERE namespace.nspname = ANY (%(schemas)s)
 ORDER BY function.oid;

-- name: sent
-- Tables of the publication that Realtime listens to: what is published of each, the columns that each role may read,
-- and what is told of a row as it was (no array: all of it).
SELECT published.schemaname::text,
       published.tablename::text,
       columns.names,
       columns.types,
       (SELECT pg_catalog.jsonb_object_agg(role.rolname, ARRAY (
                   SELECT attribute.attname::text
                     FROM pg_catalog.pg_attribute AS attribute
                    WHERE attribute.attrelid = relation.oid
                      AND attribute.attname::text = ANY (columns.names)
                      AND pg_catalog.has_column_privilege(role.oid, relation.oid, attribute.attnum, 'select')
                    ORDER BY attribute.attnum))
          FROM pg_catalog.pg_roles AS role
         WHERE role.rolname = ANY (%(roles)s)),
       coalesce(primary_key.names, '{}'),
       CASE relation.relreplident
         WHEN 'f' THEN NULL
         WHEN 'd' THEN coalesce(primary_key.names, '{}')
         WHEN 'i' THEN coalesce(chosen.names, '{}')
         ELSE '{}'
       END,
       pg_catalog.array_remove(ARRAY [
           CASE WHEN publication.pubinsert THEN 'insert' END,
           CASE WHEN publication.pubupdate THEN 'update' END,
           CASE WHEN publication.pubdelete THEN 'delete' END
       ], NULL),
       coalesce(published.rowfilter, '')
  FROM pg_catalog.pg_publication AS publication
  JOIN pg_catalog.pg_publication_tables AS published ON published.pubname = publication.pubname
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.nspname = published.schemaname
  JOIN pg_catalog.pg_class AS relation
    ON relation.relnamespace = namespace.oid AND relation.relname = published.tablename
 CROSS JOIN LATERAL (
     SELECT coalesce(pg_catalog.array_agg(attribute.attname::text ORDER BY attribute.attnum), '{}') AS names,
            pg_catalog.array_agg(pg_catalog.format_type(attribute.atttypid, attribute.atttypmod)
                                 ORDER BY attribute.attnum) AS types
       FROM pg_catalog.pg_attribute AS attribute
      WHERE attribute.attrelid = relation.oid
        AND attribute.attnum > 0
        AND attribute.attname = ANY (published.attnames)
 ) AS columns
  LEFT JOIN LATERAL (
     SELECT pg_catalog.array_agg(attribute.attname::text ORDER BY part.place) AS names
       FROM pg_catalog.pg_index AS index
      CROSS JOIN pg_catalog.unnest(index.indkey) WITH ORDINALITY AS part (number, place)
       JOIN pg_catalog.pg_attribute AS attribute
         ON attribute.attrelid = relation.oid AND attribute.attnum = part.number
      WHERE index.indrelid = relation.oid AND index.indisprimary AND part.place <= index.indnkeyatts
  ) AS primary_key ON true
  LEFT JOIN LATERAL (
     SELECT pg_catalog.array_agg(attribute.attname::text ORDER BY part.place) AS names
       FROM pg_catalog.pg_index AS index
      CROSS JOIN pg_catalog.unnest(index.indkey) WITH ORDINALITY AS part (number, place)
       JOIN pg_catalog.pg_attribute AS attribute
         ON attribute.attrelid = relation.oid AND attribute.attnum = part.number
      WHERE index.indrelid = relation.oid AND index.indisreplident AND part.place <= index.indnkeyatts
  ) AS chosen ON true
 WHERE publication.pubname = %(publication)s
 ORDER BY 1, 2;
