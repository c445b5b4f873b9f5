-- name: guard_log
-- Keys of the rows whose restored columns a user wrote meanwhile. Logged: a crash must not forget them.
create table {log} as select {key} from {table} with no data

-- name: guard_function
create function {log}() returns trigger
  language plpgsql security definer
  set search_path = ''
as {body}

-- name: guard_body
begin
  insert into {log} ({key}) values ({new});
  return null;
end

-- name: guard_update
create trigger {trigger} after update on {table} for each row
  when (pg_catalog.current_setting('haulback.filling', true) is distinct from '1' and ({differs}))
  execute function {log}()

-- name: guard_insert
-- A row made again under an old key is a user's row: none of the old values is put into it.
create trigger {trigger} after insert on {table} for each row
  when (pg_catalog.current_setting('haulback.filling', true) is distinct from '1')
  execute function {log}()

-- name: bounds
-- The last key of the next range.
select {key_texts} from (
    select {key} from {copy} as o where {after} order by {key} limit %(most)s
) as r order by {descending} limit 1

-- name: hold
-- First the rows are locked, then judged: whoever is writing one of them now has committed by then, and the guard
-- has noted it.
select pg_catalog.count(*) from (
    select from {table} as t where {within_t} for no key update of t
) as held

-- name: fill
with o as materialized (
    select o.* from {copy} as o where {within_o}
), erased as materialized (
    select {key} from o where {erased}
), guarded as materialized (
    select {key} from o where exists (select from {log} as l where {o_is_l})
), given as (
    update {table} as t set {assignments}
      from o
     where {t_is_o} and {within_t} and {changed}
       and not exists (select from erased as l where {o_is_l})
       and not exists (select from guarded as l where {o_is_l})
    returning 1
)
select (select pg_catalog.count(*) from o),
       (select pg_catalog.count(*) from given),
       (select pg_catalog.count(*) from o where not exists (select from {table} as t where {t_is_o} and {within_t})),
       (select pg_catalog.count(*) from erased),
       (select pg_catalog.count(*) from guarded as o where exists (select from {table} as t where {t_is_o}))
