-- name: marks
-- Every table that ever had a row and every sequence, with a mark that differs once rows or position may.
select pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) as name,
    c.oid, c.relkind::text as kind,
    case c.relkind
        when 'S' then coalesce(pg_catalog.pg_sequence_last_value(c.oid)::text, '')
        else pg_catalog.concat_ws(' ', c.relfilenode, pg_catalog.pg_stat_get_tuples_inserted(c.oid),
            pg_catalog.pg_stat_get_tuples_updated(c.oid), pg_catalog.pg_stat_get_tuples_deleted(c.oid))
    end as mark,
    (select pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' order by a.attnum)
        from pg_catalog.pg_attribute as a
        where c.relkind = 'r' and a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            and a.attgenerated = '') as columns
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'S') and c.relpersistence <> 't'
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and (c.relkind = 'S' or pg_catalog.pg_stat_get_tuples_inserted(c.oid) > 0)
order by name

-- name: position
select pg_catalog.setval(c.oid::pg_catalog.regclass, coalesce(%(position)s::bigint, s.seqstart),
    %(position)s::bigint is not null)
from pg_catalog.pg_class as c
join pg_catalog.pg_sequence as s on s.seqrelid = c.oid
where c.oid = pg_catalog.to_regclass(%(name)s)

-- name: table
select 1 from pg_catalog.pg_class as c where c.oid = pg_catalog.to_regclass(%s) and c.relkind = 'r'
