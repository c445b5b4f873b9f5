-- What the plan needs and the target does not have. An extension that is not installed but can be is no lack.
select 'extension ' || r.name
  from pg_catalog.unnest(%(extensions)s::text[]) as r(name)
 where not exists (select from pg_catalog.pg_extension as e where e.extname = r.name)
   and not exists (select from pg_catalog.pg_available_extensions as e where e.name = r.name)
union all
select 'schema ' || r.name
  from pg_catalog.unnest(%(schemas)s::text[]) as r(name)
 where pg_catalog.to_regnamespace(r.name) is null
union all
select 'table ' || r.name
  from pg_catalog.unnest(%(tables)s::text[]) as r(name)
 where pg_catalog.to_regclass(r.name) is null
 order by 1
