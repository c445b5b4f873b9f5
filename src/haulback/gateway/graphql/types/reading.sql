-- What GraphQL's types are made of. The search path is empty while these run, so that every type that is written out as
-- text carries its schema.

-- name: schemas
SELECT namespace.nspname::text, pg_catalog.obj_description(namespace.oid, 'pg_namespace')
  FROM pg_catalog.unnest(%(schemas)s::text[]) WITH ORDINALITY AS exposed (name, place)
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.nspname = exposed.name
 ORDER BY exposed.place;

-- name: tables
-- Tables, views, materialised views, foreign and partitioned tables; a partition is reached through its parent.
SELECT relation.oid,
       namespace.nspname::text,
       relation.relname::text,
       relation.reltype,
       relation.relrowsecurity,
       pg_catalog.obj_description(relation.oid, 'pg_class')
  FROM pg_catalog.pg_class AS relation
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
 WHERE namespace.nspname = ANY (%(schemas)s)
   AND relation.relkind IN ('r', 'v', 'm', 'f', 'p')
   AND NOT relation.relispartition
 ORDER BY pg_catalog.array_position(%(schemas)s::text[], namespace.nspname::text), relation.oid;

-- name: columns
-- A column owns a sequence where it is serial or an identity.
WITH sequences AS (
    SELECT DISTINCT dependency.refobjid AS relation, dependency.refobjsubid AS number
      FROM pg_catalog.pg_depend AS dependency
      JOIN pg_catalog.pg_class AS sequence ON sequence.oid = dependency.objid AND sequence.relkind = 'S'
     WHERE dependency.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
       AND dependency.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
       AND dependency.deptype IN ('a', 'i')
       AND dependency.refobjsubid > 0
)
SELECT attribute.attrelid,
       attribute.attnum::integer,
       attribute.attname::text,
       attribute.atttypid,
       pg_catalog.format_type(attribute.atttypid, attribute.atttypmod),
       attribute.atttypmod,
       attribute.attnotnull,
       attribute.attgenerated <> '',
       sequences.relation IS NOT NULL,
       description.description
  FROM pg_catalog.pg_attribute AS attribute
  JOIN pg_catalog.pg_class AS relation ON relation.oid = attribute.attrelid
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
  LEFT JOIN sequences ON sequences.relation = attribute.attrelid AND sequences.number = attribute.attnum
  LEFT JOIN pg_catalog.pg_description AS description
    ON description.objoid = attribute.attrelid
   AND description.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
   AND description.objsubid = attribute.attnum
 WHERE namespace.nspname = ANY (%(schemas)s)
   AND relation.relkind IN ('r', 'v', 'm', 'f', 'p')
   AND NOT relation.relispartition
   AND attribute.attnum > 0
   AND NOT attribute.attisdropped
 ORDER BY attribute.attrelid, attribute.attnum;

-- name: keys
-- What tells all rows of a table apart: whole unique indexes of plain columns, without those that are only included.
SELECT index.indrelid,
       index.indisprimary,
       ARRAY (
           SELECT attribute.attname::text
             FROM pg_catalog.unnest(index.indkey::smallint[]) WITH ORDINALITY AS part (number, place)
             JOIN pg_catalog.pg_attribute AS attribute
               ON attribute.attrelid = index.indrelid AND attribute.attnum = part.number
            WHERE part.place <= index.indnkeyatts
            ORDER BY part.place
       )
  FROM pg_catalog.pg_index AS index
  JOIN pg_catalog.pg_class AS relation ON relation.oid = index.indrelid
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
 WHERE namespace.nspname = ANY (%(schemas)s)
   AND relation.relkind IN ('r', 'm', 'f', 'p')
   AND NOT relation.relispartition
   AND index.indisunique
   AND index.indpred IS NULL
   AND index.indexprs IS NULL
 ORDER BY index.indrelid, index.indexrelid;

-- name: foreign_keys
-- Those that a partition or the parts of a referenced table have from their parents are one with the parents' own.
SELECT key.conrelid,
       ARRAY (
           SELECT attribute.attname::text
             FROM pg_catalog.unnest(key.conkey) WITH ORDINALITY AS part (number, place)
             JOIN pg_catalog.pg_attribute AS attribute
               ON attribute.attrelid = key.conrelid AND attribute.attnum = part.number
            ORDER BY part.place
       ),
       key.confrelid,
       ARRAY (
           SELECT attribute.attname::text
             FROM pg_catalog.unnest(key.confkey) WITH ORDINALITY AS part (number, place)
             JOIN pg_catalog.pg_attribute AS attribute
               ON attribute.attrelid = key.confrelid AND attribute.attnum = part.number
            ORDER BY part.place
       ),
       pg_catalog.obj_description(key.oid, 'pg_constraint')
  FROM pg_catalog.pg_constraint AS key
  JOIN pg_catalog.pg_class AS relation ON relation.oid = key.conrelid
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
  JOIN pg_catalog.pg_class AS foreign_relation ON foreign_relation.oid = key.confrelid
  JOIN pg_catalog.pg_namespace AS foreign_namespace ON foreign_namespace.oid = foreign_relation.relnamespace
 WHERE key.contype = 'f'
   AND key.conparentid = 0
   AND namespace.nspname = ANY (%(schemas)s)
   AND foreign_namespace.nspname = ANY (%(schemas)s)
 ORDER BY key.oid;

-- name: enums
SELECT type.oid,
       namespace.nspname::text,
       type.typname::text,
       ARRAY (
           SELECT label.enumlabel::text
             FROM pg_catalog.pg_enum AS label
            WHERE label.enumtypid = type.oid
            ORDER BY label.enumsortorder
       ),
       pg_catalog.obj_description(type.oid, 'pg_type')
  FROM pg_catalog.pg_type AS type
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = type.typnamespace
 WHERE namespace.nspname = ANY (%(schemas)s)
   AND type.typtype = 'e'
 ORDER BY pg_catalog.array_position(%(schemas)s::text[], namespace.nspname::text), type.oid;

-- name: functions
-- All that have a name to themselves or share it; what is no plain function is only counted.
SELECT function.oid,
       namespace.nspname::text,
       function.proname::text,
       coalesce(function.proargnames, '{}'),
       -- One letter an argument: i in, o out, b both, v variadic, t a column of the returned table.
       coalesce(function.proargmodes::text[], '{}'),
       function.proargtypes::pg_catalog.oid[],
       pg_catalog.pg_get_expr(function.proargdefaults, 0),
       function.pronargdefaults::integer,
       function.prorettype,
       -- Rows that are one by declaration come as one.
       function.proretset AND function.prorows <> 1,
       function.provolatile::text,
       pg_catalog.count(*) OVER (PARTITION BY function.proname) > 1,
       function.prokind = 'f',
       pg_catalog.obj_description(function.oid, 'pg_proc')
  FROM pg_catalog.pg_proc AS function
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = function.pronamespace
 WHERE namespace.nspname = ANY (%(schemas)s)
 ORDER BY pg_catalog.array_position(%(schemas)s::text[], namespace.nspname::text), function.oid;

-- name: types
-- Those of columns, parameters and results, the rows of the tables, and of arrays the elements' as well.
WITH used (oid) AS (
    SELECT attribute.atttypid
      FROM pg_catalog.pg_attribute AS attribute
      JOIN pg_catalog.pg_class AS relation ON relation.oid = attribute.attrelid
      JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
     WHERE namespace.nspname = ANY (%(schemas)s)
       AND relation.relkind IN ('r', 'v', 'm', 'f', 'p')
       AND attribute.attnum > 0
    UNION
    SELECT given.oid
      FROM pg_catalog.pg_proc AS function
      JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = function.pronamespace
      CROSS JOIN LATERAL pg_catalog.unnest(function.proargtypes::pg_catalog.oid[] || function.prorettype) AS given (oid)
     WHERE namespace.nspname = ANY (%(schemas)s)
), needed (oid) AS (
    SELECT used.oid
      FROM used
    UNION
    SELECT type.typelem
      FROM used
      JOIN pg_catalog.pg_type AS type ON type.oid = used.oid
     WHERE type.typcategory = 'A'
)
SELECT type.oid,
       namespace.nspname::text,
       type.typname::text,
       -- -1 and not NULL: `character` alone is `character(1)`, and a cast to it would cut what is longer.
       pg_catalog.format_type(type.oid, -1),
       CASE
           WHEN type.typcategory = 'A' THEN 'array'
           WHEN type.typcategory = 'E' THEN 'enum'
           WHEN type.typcategory = 'C' AND relation.relkind IN ('r', 'v', 'm', 'f', 'p') THEN 'table'
           WHEN type.typcategory = 'C' AND relation.relkind = 'c' THEN 'composite'
           ELSE 'other'
       END,
       nullif(type.typelem, 0),
       relation.oid
  FROM needed
  JOIN pg_catalog.pg_type AS type ON type.oid = needed.oid
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = type.typnamespace
  LEFT JOIN pg_catalog.pg_class AS relation ON relation.oid = type.typrelid
 ORDER BY type.oid;
