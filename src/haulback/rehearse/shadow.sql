-- name: images
-- Templates that are kept, oldest first.
select d.datname::text from pg_catalog.pg_database as d where d.datname like %(pattern)s order by d.oid;

-- name: strangers
select r.rolname::text
  from pg_catalog.pg_roles as r
 where r.rolname !~ '^pg_'
   and r.oid <> 10
   and pg_catalog.quote_ident(r.rolname) <> all (%(known)s)
   and r.rolname <> all (%(known)s)
 order by r.rolname;
