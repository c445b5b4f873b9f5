-- name: identity
-- How a name is quoted, and whether something bears it: a table, a view, an index, a sequence or a type.
select n.identity,
       pg_catalog.to_regclass(n.identity) is not null or pg_catalog.to_regtype(n.identity) is not null
  from (select pg_catalog.format('%%I.%%I', %(schema)s::text, %(name)s::text)) as n (identity)

-- name: grantees
-- Whom default privileges gave something of a table to, besides its owner; quoted.
select distinct case when a.grantee = 0 then 'public'
                     else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) end
  from pg_catalog.pg_class as c
 cross join lateral pg_catalog.aclexplode(c.relacl) as a
 where c.oid = %(identity)s::regclass and a.grantee <> c.relowner
 order by 1

-- name: honours_erasure
select pg_catalog.to_regprocedure('public.is_erased(uuid)') is not null
