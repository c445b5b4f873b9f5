-- Everything that a migration of the module makes or changes, as text that is the same on each run.
select 'schema' as kind, n.nspname::text as name, n.nspacl::text as definition
from pg_catalog.pg_namespace n where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
union all
select 'relation', c.oid::regclass::text, pg_catalog.concat_ws(' ',
  c.relkind, c.relacl, c.relrowsecurity, c.relforcerowsecurity, c.reloptions,
  case when c.relkind = 'v' then pg_catalog.pg_get_viewdef(c.oid) end,
  case when c.relkind = 'i' then pg_catalog.pg_get_indexdef(c.oid) end,
  pg_catalog.obj_description(c.oid, 'pg_class'))
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'auth')
union all
select 'column', a.attrelid::regclass || '.' || a.attname, pg_catalog.concat_ws(' ',
  pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attacl,
  pg_catalog.pg_get_expr(d.adbin, d.adrelid))
from pg_catalog.pg_attribute a
join pg_catalog.pg_class c on c.oid = a.attrelid and c.relnamespace = 'public'::regnamespace
left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attnum > 0 and not a.attisdropped
union all
select 'function', p.oid::regprocedure::text, pg_catalog.concat_ws(' ',
  p.proacl, pg_catalog.pg_get_functiondef(p.oid), pg_catalog.obj_description(p.oid, 'pg_proc'))
from pg_catalog.pg_proc p where p.pronamespace = 'public'::regnamespace and p.prokind = 'f'
union all
select 'constraint', o.conrelid::regclass || '.' || o.conname, pg_catalog.pg_get_constraintdef(o.oid)
from pg_catalog.pg_constraint o where o.connamespace = 'public'::regnamespace
union all
select 'trigger', t.tgrelid::regclass || '.' || t.tgname, pg_catalog.pg_get_triggerdef(t.oid)
from pg_catalog.pg_trigger t where not t.tgisinternal
union all
select 'internal triggers', t.tgrelid::regclass::text, pg_catalog.count(*)::text
from pg_catalog.pg_trigger t where t.tgisinternal group by t.tgrelid
union all
select 'policy', p.polrelid::regclass || '.' || p.polname, pg_catalog.concat_ws(' ',
  p.polcmd, p.polpermissive, p.polroles::regrole[]::text,
  pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
from pg_catalog.pg_policy p
union all
select 'published', r.prrelid::regclass::text, p.pubname::text
from pg_catalog.pg_publication_rel r join pg_catalog.pg_publication p on p.oid = r.prpubid
union all
select 'type', t.oid::regtype::text, t.typacl::text
from pg_catalog.pg_type t where t.typnamespace = 'public'::regnamespace
union all
select 'default privileges', d.defaclrole::regrole::text || d.defaclobjtype::text, d.defaclacl::text
from pg_catalog.pg_default_acl d
order by 1, 2, 3
