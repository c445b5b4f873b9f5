-- name: columns
select a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod)
  from pg_catalog.pg_attribute as a
  join pg_catalog.pg_class as c on c.oid = a.attrelid
 where c.relnamespace = pg_catalog.to_regnamespace('haulback_attic') and c.relname = %(name)s
   and a.attnum > 0 and not a.attisdropped
 order by a.attnum

-- name: rows
select pg_catalog.jsonb_build_array(variadic array[{values}]::pg_catalog.jsonb[])
  from {table} as k
 where {where}
 order by {order}
 limit {most}

-- name: short
-- What JSON has a form for.
pg_catalog.to_jsonb({value})

-- name: document
-- A document, whole or as the beginning of its text.
case when pg_catalog.length({value}::pg_catalog.text) > {most}
     then pg_catalog.to_jsonb(pg_catalog."left"({value}::pg_catalog.text, {most}) || '…')
     else {value}::pg_catalog.jsonb end

-- name: bytes
pg_catalog.to_jsonb('\x' || pg_catalog.encode(pg_catalog.substring({value}, 1, {most}), 'hex')
                    || case when pg_catalog.length({value}) > {most} then '…' else '' end)

-- name: text
pg_catalog.to_jsonb(pg_catalog."left"({value}::pg_catalog.text, {most})
                    || case when pg_catalog.length({value}::pg_catalog.text) > {most} then '…' else '' end)
