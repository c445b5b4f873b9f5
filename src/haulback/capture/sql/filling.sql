-- name: guard_log
-- Keys of the rows whose restored columns a user wrote meanwhile, and which columns: null is all of them. Logged: a
-- crash must not forget them.
create table {log} as select {key}, null::pg_catalog.text[] as haulback_columns from {table} with no data

-- name: guard_function
create function {log}() returns trigger
  language plpgsql security definer
  set search_path = ''
as {body}

-- name: guard_body
begin
  if tg_op = 'INSERT' then
    insert into {log} ({key}) values ({new});
  elsif {moved} then
    -- Another row has come under this key.
    insert into {log} ({key}) values ({new});
  else
    insert into {log} ({key}, haulback_columns)
    values ({new}, pg_catalog.array_remove(array[{written}], null));
  end if;
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
-- has noted it. Rows that have their value are left alone: should a user write one after this, the guard notes it too.
select pg_catalog.count(*) from (
    select from {table} as t
     where {within_t} and exists (select from {copy} as o where {within_o} and {t_is_o} and ({differs_now}))
       for no key update of t
) as held

-- name: fill
with o as materialized (
    select o.* from {copy} as o where {within_o}
), erased as materialized (
    select {key} from o where {erased}
), theirs as materialized (
    select {key}, {flags} from ({theirs}) as l group by {key}
), given as (
    update {table} as t set {assignments}
      from o left join theirs as l on {o_is_l}
     where {t_is_o} and {within_t} and ({changed})
       and not exists (select from erased as l where {o_is_l})
    returning 1
)
select (select pg_catalog.count(*) from o),
       (select pg_catalog.count(*) from given),
       (select pg_catalog.count(*) from o where not exists (select from {table} as t where {t_is_o} and {within_t})),
       (select pg_catalog.count(*) from erased),
       (select pg_catalog.count(*) from o join theirs as l on {o_is_l}
         where ({kept_any}) and exists (select from {table} as t where {t_is_o}))
