-- Folders of tablespaces outside the data directory; visible to every role.
select l.folder
  from pg_catalog.pg_tablespace as t,
       lateral pg_catalog.pg_tablespace_location(t.oid) as l(folder)
 where l.folder <> ''
 order by 1
