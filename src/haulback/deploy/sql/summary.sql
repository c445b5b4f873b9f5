-- name: present
select count(*) = 4
  from pg_catalog.pg_attribute as a
 where a.attrelid = pg_catalog.to_regclass('public.deployment_log')
   and a.attname in ('action', 'details', 'deployment_id', 'summary')
   and not a.attisdropped;

-- name: write
insert into public.deployment_log (action, details, deployment_id, summary)
values (%(action)s, %(details)s, %(deployment)s, %(summary)s);
