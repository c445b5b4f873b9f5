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

-- name: needing
-- Databases in which one of the roles owns something or has been granted something, and the databases of its own.
select distinct d.datname::text
  from pg_catalog.pg_shdepend as s
  join pg_catalog.pg_roles as r on s.refclassid = 'pg_catalog.pg_authid'::regclass and r.oid = s.refobjid
  join pg_catalog.pg_database as d
    on d.oid = s.dbid or (s.classid = 'pg_catalog.pg_database'::regclass and d.oid = s.objid)
 where r.rolname = any (%(roles)s)
   and d.datname <> %(image)s
   and d.datname not in ('template0', 'template1', 'postgres')
 order by 1;

-- name: settings
-- Settings of roles that hold in every database; `quoted` is the role as the catalog room writes it.
select r.rolname::text, pg_catalog.split_part(c.setting, '=', 1), pg_catalog.quote_ident(r.rolname) as quoted
  from pg_catalog.pg_db_role_setting as s
  join pg_catalog.pg_roles as r on r.oid = s.setrole
 cross join lateral pg_catalog.unnest(s.setconfig) as c (setting)
 where s.setdatabase = 0
 order by 1, 2;

-- name: memberships
-- What roles other than the server's own have been granted, without what the cluster was made with.
select r.rolname::text, m.rolname::text, pg_catalog.quote_ident(r.rolname), pg_catalog.quote_ident(m.rolname)
  from pg_catalog.pg_auth_members as a
  join pg_catalog.pg_roles as r on r.oid = a.roleid
  join pg_catalog.pg_roles as m on m.oid = a.member
 where a.member >= 16384 and m.oid <> 10
 order by 1, 2;
