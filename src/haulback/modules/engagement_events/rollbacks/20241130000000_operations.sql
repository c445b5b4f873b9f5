-- Takes back 20241130000000_operations. Haulback moves the rows to the attic before this runs.
drop table public.security_audit_log;
drop table public.deployment_log;
drop function public.maintenance_active();
drop table public.system_status;
drop function public.system_status_supersede();
