-- name: empty
create table {copy} as select {columns} from {table} as t with no data

-- name: log
-- The rows that changed since the copy began, by key. Not logged: the row with the mark is how a crash, which
-- empties such a table, is noticed.
create unlogged table {log} as
select {key}, null::pg_catalog.text as haulback_mark from {table} with no data

-- name: mark
insert into {log} (haulback_mark) values ('armed')

-- name: function
create function {function}() returns trigger
  language plpgsql security definer
  set search_path = ''
as {body}

-- name: body
begin
  if tg_op = 'TRUNCATE' then
    insert into {log} (haulback_mark) values ('truncated');
    return null;
  end if;
  if tg_op <> 'INSERT' then
    insert into {log} ({key}) values ({old});
  end if;
  if tg_op <> 'DELETE' then
    insert into {log} ({key}) values ({new});
  end if;
  return null;
end

-- name: on_rows
create trigger {trigger} after insert or delete on {table} for each row execute function {function}()

-- name: on_update
create trigger {trigger} after update on {table} for each row
  when ({differs}) execute function {function}()

-- name: on_truncate
create trigger {trigger} after truncate on {table} for each statement execute function {function}()

-- name: always
-- Also for sessions that play replica: theirs are writes like all others.
alter table {table} enable always trigger {trigger}

-- name: whole
insert into {copy} select {columns} from {table} as t where {chosen}

-- name: last
-- The last key that there is.
select {key_texts} from {table} as t order by {descending} limit 1

-- name: boundary
-- The key that ends the next range: by key and not by place, since a row may move in the table without the log
-- noticing, its key may not change. The order names the table: a bare name would mean the text that is returned.
select {key_texts} from {table} as t where {after} and {until} order by {ascending} offset %(before)s limit 1

-- name: range
insert into {copy} select {columns} from {table} as t where {after} and {until}

-- name: choose_changed
-- Only what is chosen is caught up with: users go on writing into the log.
update {log} set haulback_mark = 'chosen' where haulback_mark is null

-- name: forget_changed
delete from {copy} as c
 using (select distinct {key} from {log} where haulback_mark = 'chosen') as l where {matches}

-- name: take_changed
insert into {copy}
select {columns} from {table} as t
 where exists (select from {log} as l where l.haulback_mark = 'chosen' and {matches}) and {chosen}

-- name: forget_chosen
delete from {log} where haulback_mark = 'chosen'

-- name: marks
select coalesce(pg_catalog.array_agg(haulback_mark order by haulback_mark), '{{}}')
  from {log} where haulback_mark is not null

-- name: compare
-- Under the lock, so only where the table is small.
select (select pg_catalog.count(*) from {table} as t where {chosen}), (select pg_catalog.count(*) from {copy}),
       (select pg_catalog.sum(pg_catalog.hashtextextended(r::pg_catalog.text, 0)::pg_catalog.numeric)
          from (select {columns} from {table} as t where {chosen}) as r)
       is not distinct from
       (select pg_catalog.sum(pg_catalog.hashtextextended(r::pg_catalog.text, 0)::pg_catalog.numeric)
          from {copy} as r)
