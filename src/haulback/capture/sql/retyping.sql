-- name: after
create table {after} as select {values} from {table} as t

-- name: told
update haulback.capture set detail = detail || %(detail)s where id = %(id)s

-- name: moved_keys
-- Rows that cannot be found any more by the key they were copied with.
select pg_catalog.count(*) from {copy} as o where not exists (select from {table} as t where {matches})

-- name: untouched
-- Whether the row `t` still has what the migration made of it. Null values are alike.
exists (select from {made} as a where {matches} and not ({differs}))
