-- name: settled
select exists (select from pg_catalog.pg_attribute as a
                where a.attrelid = {log}::pg_catalog.regclass and a.attname = 'haulback_layer' and not a.attisdropped)

-- name: marks
-- Marks of statements that began, and of a TRUNCATE that somebody accepted.
delete from {log} where haulback_event in ('b', 't')

-- name: repeated
-- Rows that one transaction changed more than once.
select exists (select from {log} group by haulback_xact, {key} having pg_catalog.count(*) > 1)

-- name: fold
-- One note for each row and transaction: what it was before the first change and what it is after the last. Nobody
-- else can have changed it in between, since the transaction held it. A row that came and went leaves no note.
with repeated as materialized (
    select haulback_xact, {key} from {log} group by haulback_xact, {key} having pg_catalog.count(*) > 1
), taken as (
    delete from {log} as l using repeated as r where l.haulback_xact = r.haulback_xact and {l_is_r} returning l.*
), folded as (
    select pg_catalog.min(l.haulback_statement) as haulback_statement, l.haulback_xact,
           (pg_catalog.array_agg(l.haulback_event order by l.haulback_statement, {rank}))[1] <> 'i' as haulback_was,
           (pg_catalog.array_agg(l.haulback_event order by l.haulback_statement desc, {rank} desc))[1] <> 'd'
             as haulback_is,
           {l_key}, {values}
      from taken as l
     group by l.haulback_xact, {l_key}
)
insert into {log} (haulback_statement, haulback_xact, haulback_event, {key}, {names})
select haulback_statement, haulback_xact,
       (case when haulback_was and haulback_is then 'u' when haulback_was then 'd' else 'i' end)::pg_catalog."char", {key}, {chosen}
  from folded
 where haulback_was or haulback_is

-- name: layer
-- The newest change of a row is its layer 1; users may have written between two of them.
alter table {log} add column haulback_layer pg_catalog.int4 not null default 1

-- name: number
with numbered as (
    select l.ctid as place,
           pg_catalog.row_number() over (partition by {l_key} order by l.haulback_statement desc) as layer
      from {log} as l
)
update {log} as l set haulback_layer = n.layer from numbered as n where l.ctid = n.place and n.layer > 1

-- name: layers
select coalesce(pg_catalog.max(haulback_layer), 0), pg_catalog.count(*) from {log}

-- name: key
alter table {log} add primary key (haulback_layer, {key})
