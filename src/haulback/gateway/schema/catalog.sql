-- What the schema cache is made of. The search path is empty while these run, so that every type and function that is
-- written out as text carries its schema.

-- name: relations
-- Tables, views, materialised views, foreign and partitioned tables; a partition is reached through its parent.
SELECT relation.oid,
       namespace.nspname::text,
       relation.relname::text,
       relation.relkind IN ('v', 'm'),
       -- One bit a verb, as PostgreSQL numbers its commands: 4 update, 8 insert, 16 delete.
       CASE
           WHEN relation.relkind IN ('r', 'p') THEN 28
           WHEN relation.relkind IN ('v', 'f') THEN pg_catalog.pg_relation_is_updatable(relation.oid, true)
           ELSE 0
       END,
       description.description,
       relation.relkind = 'r' AND relation.relpersistence = 'p' AND NOT relation.relhasrules AND method.amname = 'heap',
       EXISTS (
           SELECT
             FROM pg_catalog.pg_rewrite AS rule
            WHERE rule.ev_class = relation.oid AND rule.ev_type = '3'
       )
  FROM pg_catalog.pg_class AS relation
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
  LEFT JOIN pg_catalog.pg_description AS description
    ON description.objoid = relation.oid
   AND description.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
   AND description.objsubid = 0
  LEFT JOIN pg_catalog.pg_am AS method ON method.oid = relation.relam
 WHERE namespace.nspname = ANY (%(schemas)s)
   AND relation.relkind IN ('r', 'v', 'm', 'f', 'p')
   AND NOT relation.relispartition
 ORDER BY namespace.nspname, relation.relname;

-- name: columns
WITH RECURSIVE domains AS (
    SELECT oid AS domain, typbasetype AS base
      FROM pg_catalog.pg_type
     WHERE typtype = 'd'
    UNION ALL
    SELECT domains.domain, inner_domain.typbasetype
      FROM domains
      JOIN pg_catalog.pg_type AS inner_domain ON inner_domain.oid = domains.base AND inner_domain.typtype = 'd'
), base_types AS (
    SELECT domains.domain, base.oid, base.typnamespace
      FROM domains
      JOIN pg_catalog.pg_type AS base ON base.oid = domains.base AND base.typtype <> 'd'
), labels AS (
    SELECT enumtypid, pg_catalog.array_agg(enumlabel::text ORDER BY enumsortorder) AS labels
      FROM pg_catalog.pg_enum
     GROUP BY enumtypid
), declared AS (
    SELECT attribute.*,
           type.typtype,
           coalesce(base_types.oid, type.oid) AS base,
           coalesce(base_types.typnamespace, type.typnamespace) = 'pg_catalog'::pg_catalog.regnamespace AS is_builtin,
           type.typnotnull,
           type.typdefaultbin,
           -- Of a domain the length is the domain's own.
           CASE type.typtype WHEN 'd' THEN type.typbasetype ELSE type.oid END AS length_type,
           CASE type.typtype WHEN 'd' THEN type.typtypmod ELSE attribute.atttypmod END AS length_modifier
      FROM pg_catalog.pg_attribute AS attribute
      JOIN pg_catalog.pg_class AS relation ON relation.oid = attribute.attrelid
      JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
      JOIN pg_catalog.pg_type AS type ON type.oid = attribute.atttypid
      LEFT JOIN base_types ON base_types.domain = type.oid
     WHERE namespace.nspname = ANY (%(schemas)s)
       AND relation.relkind IN ('r', 'v', 'm', 'f', 'p')
       AND NOT relation.relispartition
       AND attribute.attnum > 0
       AND NOT attribute.attisdropped
)
SELECT declared.attrelid,
       declared.attnum::integer,
       declared.attname::text,
       CASE
           WHEN NOT declared.is_builtin THEN pg_catalog.format_type(declared.atttypid, declared.atttypmod)
           ELSE pg_catalog.format_type(declared.base, NULL)
       END,
       pg_catalog.format_type(declared.atttypid, declared.atttypmod),
       NOT (declared.attnotnull OR (declared.typtype = 'd' AND declared.typnotnull)),
       description.description,
       CASE
           WHEN declared.length_modifier = -1 THEN NULL
           WHEN declared.length_type IN ('pg_catalog.bpchar'::pg_catalog.regtype, 'pg_catalog.varchar'::pg_catalog.regtype)
               THEN declared.length_modifier - 4
           WHEN declared.length_type IN ('pg_catalog.bit'::pg_catalog.regtype, 'pg_catalog.varbit'::pg_catalog.regtype)
               THEN declared.length_modifier
       END,
       CASE
           WHEN declared.attidentity = 'd' THEN (
               SELECT pg_catalog.format('nextval(%%L)', dependency.objid::pg_catalog.regclass)
                 FROM pg_catalog.pg_depend AS dependency
                WHERE dependency.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                  AND dependency.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                  AND dependency.refobjid = declared.attrelid
                  AND dependency.refobjsubid = declared.attnum
                  AND dependency.deptype = 'i'
                ORDER BY dependency.objid
                LIMIT 1
           )
           -- What a generated column has in the place of a default cannot be inserted.
           WHEN declared.attgenerated <> '' THEN NULL
           WHEN fallback.adbin IS NULL AND declared.typtype = 'd' THEN pg_catalog.pg_get_expr(declared.typdefaultbin, 0)
           ELSE pg_catalog.pg_get_expr(fallback.adbin, fallback.adrelid)
       END,
       coalesce(labels.labels, '{}')
  FROM declared
  LEFT JOIN labels ON labels.enumtypid = declared.base
  LEFT JOIN pg_catalog.pg_attrdef AS fallback
    ON fallback.adrelid = declared.attrelid AND fallback.adnum = declared.attnum
  LEFT JOIN pg_catalog.pg_description AS description
    ON description.objoid = declared.attrelid
   AND description.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
   AND description.objsubid = declared.attnum
 ORDER BY declared.attrelid, declared.attnum;

-- name: constraints
-- Keys of every schema: a view of an exposed one may stand on a table of another.
SELECT key.conrelid,
       namespace.nspname::text,
       relation.relname::text,
       key.contype::text,
       key.conname::text,
       key.conkey::integer[],
       ARRAY (
           SELECT attribute.attname::text
             FROM pg_catalog.unnest(key.conkey) WITH ORDINALITY AS part (number, place)
             JOIN pg_catalog.pg_attribute AS attribute
               ON attribute.attrelid = key.conrelid AND attribute.attnum = part.number
            ORDER BY part.place
       ),
       key.confrelid,
       foreign_namespace.nspname::text,
       foreign_relation.relname::text,
       key.confkey::integer[],
       ARRAY (
           SELECT attribute.attname::text
             FROM pg_catalog.unnest(key.confkey) WITH ORDINALITY AS part (number, place)
             JOIN pg_catalog.pg_attribute AS attribute
               ON attribute.attrelid = key.confrelid AND attribute.attnum = part.number
            ORDER BY part.place
       )
  FROM pg_catalog.pg_constraint AS key
  JOIN pg_catalog.pg_class AS relation ON relation.oid = key.conrelid
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
  LEFT JOIN pg_catalog.pg_class AS foreign_relation ON foreign_relation.oid = key.confrelid
  LEFT JOIN pg_catalog.pg_namespace AS foreign_namespace ON foreign_namespace.oid = foreign_relation.relnamespace
 WHERE namespace.nspname <> 'pg_catalog'
   AND (key.contype IN ('p', 'u') OR (key.contype = 'f' AND key.conparentid = 0))
 ORDER BY key.conrelid, key.conname;

-- name: views
-- Also those behind the exposed schemas: a view may reach its tables through them.
SELECT relation.oid, rule.ev_action::text
  FROM pg_catalog.pg_class AS relation
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
  JOIN pg_catalog.pg_rewrite AS rule ON rule.ev_class = relation.oid AND rule.ev_type = '1'
 WHERE relation.relkind IN ('v', 'm')
   AND namespace.nspname = ANY (%(reached)s)
 ORDER BY relation.oid;

-- name: computed_relationships
-- Functions of one row of a table that return rows of a table.
SELECT namespace.nspname::text,
       function.proname::text,
       argument_namespace.nspname::text,
       argument.relname::text,
       returned_namespace.nspname::text,
       returned.relname::text,
       NOT function.proretset OR function.prorows = 1
  FROM pg_catalog.pg_proc AS function
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = function.pronamespace
  JOIN pg_catalog.pg_class AS argument
    ON argument.reltype = function.proargtypes[0] AND argument.relkind IN ('r', 'v', 'm', 'f', 'p')
  JOIN pg_catalog.pg_namespace AS argument_namespace ON argument_namespace.oid = argument.relnamespace
  JOIN pg_catalog.pg_class AS returned
    ON returned.reltype = function.prorettype AND returned.relkind IN ('r', 'v', 'm', 'f', 'p')
  JOIN pg_catalog.pg_namespace AS returned_namespace ON returned_namespace.oid = returned.relnamespace
 WHERE function.pronargs = 1
   AND namespace.nspname = ANY (%(schemas)s)
   AND argument_namespace.nspname = ANY (%(schemas)s)
   AND returned_namespace.nspname = ANY (%(schemas)s)
 ORDER BY namespace.nspname, function.proname, function.oid;

-- name: representations
-- Implicit casts by function between a domain and JSON or text: how its values are shown and read.
SELECT conversion.castsource::pg_catalog.regtype::text,
       conversion.casttarget::pg_catalog.regtype::text,
       conversion.castfunc::pg_catalog.regproc::text
  FROM pg_catalog.pg_cast AS conversion
  JOIN pg_catalog.pg_type AS source ON source.oid = conversion.castsource
  JOIN pg_catalog.pg_type AS target ON target.oid = conversion.casttarget
 WHERE conversion.castcontext = 'i'
   AND conversion.castmethod = 'f'
   AND pg_catalog.has_function_privilege(conversion.castfunc, 'execute')
   AND ((source.typtype = 'd'
         AND target.oid IN ('pg_catalog.json'::pg_catalog.regtype, 'pg_catalog.text'::pg_catalog.regtype))
     OR (target.typtype = 'd'
         AND source.oid IN ('pg_catalog.json'::pg_catalog.regtype, 'pg_catalog.text'::pg_catalog.regtype)))
 ORDER BY 1, 2;

-- name: media_handlers
-- A domain that is named like a media type marks what makes bodies of it: an aggregate over rows of its argument, or
-- a function, which handles its own calls and has the domain in the place of the function.
WITH media_types AS (
    SELECT type.oid,
           namespace.nspname::text AS schema,
           type.typname::text AS name,
           pg_catalog.lower(type.typname) AS asked,
           CASE type.typname WHEN '*/*' THEN 'application/octet-stream' ELSE type.typname::text END AS answered
      FROM pg_catalog.pg_type AS type
      JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = type.typnamespace
     WHERE type.typtype = 'd'
       AND (type.typname ~* '^[a-z0-9.-]+/[a-z0-9.+-]+$' OR type.typname = '*/*')
)
SELECT namespace.nspname::text AS schema,
       function.proname::text AS name,
       CASE WHEN relation.oid IS NOT NULL THEN argument_namespace.nspname::text END AS target_schema,
       argument.typname::text AS target,
       media_types.asked,
       media_types.answered
  FROM media_types
  JOIN pg_catalog.pg_proc AS function ON function.prorettype = media_types.oid AND function.prokind = 'a'
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = function.pronamespace
  JOIN pg_catalog.pg_type AS argument ON argument.oid = function.proargtypes[0]
  JOIN pg_catalog.pg_namespace AS argument_namespace ON argument_namespace.oid = argument.typnamespace
  LEFT JOIN pg_catalog.pg_class AS relation
    ON relation.reltype = argument.oid AND relation.relkind IN ('r', 'v', 'm', 'f', 'p')
 WHERE namespace.nspname = ANY (%(schemas)s)
   AND function.pronargs = 1
   AND (relation.oid IS NOT NULL OR argument.oid = 'pg_catalog.anyelement'::pg_catalog.regtype)
UNION ALL
SELECT media_types.schema,
       media_types.name,
       namespace.nspname::text,
       function.proname::text,
       media_types.asked,
       media_types.answered
  FROM media_types
  JOIN pg_catalog.pg_proc AS function ON function.prorettype = media_types.oid
  JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = function.pronamespace
 WHERE namespace.nspname = ANY (%(schemas)s)
   AND function.prokind = 'f'
   AND NOT function.proretset
 ORDER BY target_schema, target, asked, schema, name;

-- name: role_settings
-- Of the roles that a request may switch to, what the connecting role may set for them.
SELECT role.rolname::text,
       ARRAY (
           SELECT given.setting
             FROM pg_catalog.unnest(role.rolconfig) WITH ORDINALITY AS given (setting, place)
             JOIN pg_catalog.pg_settings AS known
               ON known.name = pg_catalog.split_part(given.setting, '=', 1)
            WHERE known.context = 'user'
               OR pg_catalog.has_parameter_privilege(known.name, 'set')
            ORDER BY given.place
       )
  FROM pg_catalog.pg_roles AS role
 WHERE role.rolconfig IS NOT NULL
   AND role.rolname <> current_user
   AND pg_catalog.pg_has_role(role.oid, 'member')
 ORDER BY role.rolname;

-- name: server
SELECT pg_catalog.current_setting('server_version_num')::integer;

-- name: settings_chosen
-- Whether anything may set response.headers or response.status, and whether anything may set synchronous_commit other than
-- for the login itself: a function that mentions it, a setting of a role or the database, or an expression that calls
-- set_config by itself. What says yes too often only costs time.
WITH directly (yes) AS (
    SELECT EXISTS (
               SELECT
                 FROM (
                     SELECT adbin FROM pg_catalog.pg_attrdef
                     UNION ALL SELECT conbin FROM pg_catalog.pg_constraint WHERE conbin IS NOT NULL
                     UNION ALL SELECT tgqual FROM pg_catalog.pg_trigger WHERE tgqual IS NOT NULL
                     UNION ALL SELECT typdefaultbin FROM pg_catalog.pg_type WHERE typdefaultbin IS NOT NULL
                     UNION ALL SELECT polqual FROM pg_catalog.pg_policy WHERE polqual IS NOT NULL
                     UNION ALL SELECT polwithcheck FROM pg_catalog.pg_policy WHERE polwithcheck IS NOT NULL
                     UNION ALL
                     SELECT rule.ev_action
                       FROM pg_catalog.pg_rewrite AS rule
                      WHERE rule.ev_class >= 16384
                 ) AS expressions (tree)
                WHERE pg_catalog.strpos(
                          expressions.tree::text,
                          ':funcid ' || 'pg_catalog.set_config'::pg_catalog.regproc::pg_catalog.oid || ' '
                      ) > 0
           )
), told (text, by_login) AS (
    SELECT given.text,
           setting.setrole IN (0, pg_catalog.to_regrole(pg_catalog.quote_ident(CURRENT_USER)))
      FROM pg_catalog.pg_db_role_setting AS setting
     CROSS JOIN LATERAL pg_catalog.unnest(setting.setconfig) AS given (text)
), bodies (text) AS (
    SELECT function.prosrc
      FROM pg_catalog.pg_proc AS function
     WHERE function.oid >= 16384
    UNION ALL
    SELECT pg_catalog.pg_get_function_sqlbody(function.oid)
      FROM pg_catalog.pg_proc AS function
     WHERE function.prosqlbody IS NOT NULL
       AND function.oid >= 16384
)
SELECT (SELECT directly.yes FROM directly)
       OR EXISTS (SELECT FROM told WHERE told.text ~* '^response\.')
       OR EXISTS (SELECT FROM bodies WHERE bodies.text ~* '\mresponse\.'),
       (SELECT directly.yes FROM directly)
       OR EXISTS (SELECT FROM told WHERE told.text ~* '^synchronous_commit=' AND NOT told.by_login)
       OR EXISTS (SELECT FROM bodies WHERE bodies.text ~* 'synchronous_commit');
