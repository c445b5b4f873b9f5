-- name: findings
-- Sequences that have used three quarters of the numbers that they and the column that owns them can hold.
with sequence as (
    select n.nspname, c.relname, o.owner,
           least(s.seqmax, o.limit_) as limit_,
           case when pg_catalog.has_sequence_privilege(s.seqrelid, 'SELECT, USAGE')
                then pg_catalog.pg_sequence_last_value(s.seqrelid)
           end as last_value
      from pg_catalog.pg_sequence as s
      join pg_catalog.pg_class as c on c.oid = s.seqrelid and c.relpersistence <> 't'
      join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
      left join lateral (
           select pg_catalog.format('%%I.%%I.%%I', tn.nspname, t.relname, a.attname) as owner,
                  case a.atttypid
                      when 'pg_catalog.int2'::pg_catalog.regtype then 32767
                      when 'pg_catalog.int4'::pg_catalog.regtype then 2147483647
                  end::bigint as limit_
             from pg_catalog.pg_depend as d
             join pg_catalog.pg_class as t on t.oid = d.refobjid
             join pg_catalog.pg_namespace as tn on tn.oid = t.relnamespace
             join pg_catalog.pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
            where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid
              and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjsubid > 0
              and d.deptype in ('a', 'i')
      ) as o on true
     where s.seqincrement > 0 and not s.seqcycle and n.nspname <> all (%(platform)s)
)
select pg_catalog.jsonb_build_object(
           'schema', s.nspname, 'name', s.relname, 'type', 'sequence', 'last_value', s.last_value, 'limit', s.limit_
       ) as metadata,
       pg_catalog.jsonb_build_object(
           'sequence', pg_catalog.format('%%I.%%I', s.nspname, s.relname),
           'share', pg_catalog.floor(100.0 * s.last_value / s.limit_),
           'owner', coalesce(' for column ' || s.owner, '')
       ) as told
  from sequence as s
 where s.last_value >= 0.75 * s.limit_
 order by s.nspname, s.relname

-- name: hidden
select pg_catalog.format('the numbers of sequence %%I.%%I are hidden from our role', n.nspname, c.relname) as what
  from pg_catalog.pg_sequence as s
  join pg_catalog.pg_class as c on c.oid = s.seqrelid and c.relpersistence <> 't'
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where n.nspname <> all (%(platform)s) and not pg_catalog.has_sequence_privilege(s.seqrelid, 'SELECT, USAGE')
 order by n.nspname, c.relname
