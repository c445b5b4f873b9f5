-- name: findings
-- Extensions whose version is not the server's default one. A version that the server does not know at all comes from
-- an upgrade, and ALTER EXTENSION has no way from it.
select pg_catalog.jsonb_build_object(
           'extension_name', e.extname, 'installed_version', e.extversion, 'default_version', a.default_version
       ) as metadata,
       pg_catalog.jsonb_build_object('quoted', pg_catalog.quote_ident(e.extname)) as told
  from pg_catalog.pg_extension as e
  join pg_catalog.pg_available_extensions as a on a.name = e.extname
 where a.default_version <> e.extversion
   and exists (
       select from pg_catalog.pg_available_extension_versions as v
        where v.name = e.extname and v.version = e.extversion
   )
 order by e.extname
