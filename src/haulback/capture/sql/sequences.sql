-- name: there
-- The sequences of these identities that are there: what they are called, the column that each belongs to, whether
-- we may read it, and who owns it where we may act for that role.
select pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname), n.nspname::text, c.relname::text,
       pg_catalog.quote_ident(tn.nspname) || '.' || pg_catalog.quote_ident(t.relname), a.attname::text,
       s.seqincrement, pg_catalog.has_sequence_privilege(c.oid, 'select'),
       case when pg_catalog.pg_has_role(c.relowner, 'usage') then pg_catalog.pg_get_userbyid(c.relowner)::text end
  from pg_catalog.unnest(%(identities)s::text[]) as i (identity)
  join pg_catalog.pg_class as c on c.oid = pg_catalog.to_regclass(i.identity) and c.relkind = 'S'
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  join pg_catalog.pg_sequence as s on s.seqrelid = c.oid
  left join pg_catalog.pg_depend as d
    on d.classid = c.tableoid and d.objid = c.oid and d.deptype in ('a', 'i') and d.refclassid = c.tableoid
   and d.refobjsubid > 0
  left join pg_catalog.pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
  left join pg_catalog.pg_class as t on t.oid = d.refobjid
  left join pg_catalog.pg_namespace as tn on tn.oid = t.relnamespace
 order by c.oid

-- name: live
-- The live sequence that stands for a kept one: the column's own, else the one of the same name. None where the kept
-- position is no number of it.
select n.nspname::text, c.relname::text, s.seqincrement, s.seqcycle
  from pg_catalog.pg_sequence as s
  join pg_catalog.pg_class as c on c.oid = s.seqrelid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where %(position)s between s.seqmin and s.seqmax
   and c.oid = coalesce(
    (select d.objid
       from pg_catalog.pg_depend as d
       join pg_catalog.pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
       join pg_catalog.pg_class as q on q.oid = d.objid and q.relkind = 'S'
      where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.deptype in ('a', 'i')
        and d.refobjid = pg_catalog.to_regclass(%(table)s) and a.attname = %(column)s
      order by d.objid
      limit 1),
    pg_catalog.to_regclass(%(identity)s))

-- name: noted
-- What a deployment noted of its sequences, oldest first.
select e.unit, e.detail
  from haulback.entry as e
 where e.deployment = %(deployment)s and e.step = %(step)s and e.event = 'done'
 order by e.sequence
