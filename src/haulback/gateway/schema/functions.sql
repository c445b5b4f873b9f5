-- name: functions
-- What can be called by name: plain functions, but none of a trigger, and none whose arguments have no names but for a
-- single one that takes the whole body.
WITH RECURSIVE domains AS (
    SELECT oid AS domain, typbasetype AS base
      FROM pg_catalog.pg_type
     WHERE typtype = 'd'
    UNION ALL
    SELECT domains.domain, inner_domain.typbasetype
      FROM domains
      JOIN pg_catalog.pg_type AS inner_domain ON inner_domain.oid = domains.base AND inner_domain.typtype = 'd'
), base_types AS (
    SELECT domains.domain, base.oid
      FROM domains
      JOIN pg_catalog.pg_type AS base ON base.oid = domains.base AND base.typtype <> 'd'
), callable AS (
    SELECT function.*, namespace.nspname
      FROM pg_catalog.pg_proc AS function
      JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = function.pronamespace
     WHERE namespace.nspname = ANY (%(schemas)s)
       AND function.prokind = 'f'
       AND function.prorettype <> 'pg_catalog.trigger'::pg_catalog.regtype
       AND (function.pronargs = 0
            OR function.proargnames IS NOT NULL
            OR (function.pronargs = 1
                AND function.proargtypes[0] IN ('pg_catalog.bytea'::pg_catalog.regtype,
                                                'pg_catalog.json'::pg_catalog.regtype,
                                                'pg_catalog.jsonb'::pg_catalog.regtype,
                                                'pg_catalog.text'::pg_catalog.regtype,
                                                'pg_catalog.xml'::pg_catalog.regtype)))
)
SELECT callable.oid,
       callable.nspname::text,
       callable.proname::text,
       description.description,
       coalesce(callable.proargnames, '{}'),
       -- One letter an argument: i in, o out, b both, v variadic, t a column of the returned table.
       coalesce(callable.proargmodes::text[], '{}'),
       ARRAY (
           SELECT part.type::pg_catalog.regtype::text
             FROM pg_catalog.unnest(callable.proargtypes::pg_catalog.oid[]) WITH ORDINALITY AS part (type, place)
            ORDER BY part.place
       ),
       callable.pronargdefaults::integer,
       return_namespace.nspname::text,
       coalesce(return_relation.relname, return_type.typname)::text,
       callable.proretset,
       return_type.typtype = 'c' OR coalesce(callable.proargmodes::text[] && '{t,b,o}', false),
       callable.provolatile::text,
       callable.provariadic <> 0,
       coalesce(callable.proconfig, '{}')
  FROM callable
  LEFT JOIN base_types ON base_types.domain = callable.prorettype
  JOIN pg_catalog.pg_type AS return_type ON return_type.oid = coalesce(base_types.oid, callable.prorettype)
  JOIN pg_catalog.pg_namespace AS return_namespace ON return_namespace.oid = return_type.typnamespace
  LEFT JOIN pg_catalog.pg_class AS return_relation ON return_relation.oid = return_type.typrelid
  LEFT JOIN pg_catalog.pg_description AS description
    ON description.objoid = callable.oid
   AND description.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass
   AND description.objsubid = 0
 ORDER BY callable.nspname, callable.proname, callable.oid;
