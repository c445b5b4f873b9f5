-- name: present
-- Whether the target has the module's system_status in the shape that we write.
select count(*) = 4
  from pg_catalog.pg_attribute as a
 where a.attrelid = pg_catalog.to_regclass('public.system_status')
   and a.attname in ('maintenance_mode', 'message', 'expires_at', 'deployment_id')
   and not a.attisdropped;

-- name: begin
insert into public.system_status (maintenance_mode, message, expires_at, deployment_id)
values (true, %(message)s, pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => %(seconds)s), %(deployment)s);

-- name: end
-- Ends our own maintenance, never somebody else's.
insert into public.system_status (maintenance_mode, deployment_id)
select false, %(deployment)s
  from public.system_status as s
 where s.is_current and s.maintenance_mode and s.deployment_id = %(deployment)s;
