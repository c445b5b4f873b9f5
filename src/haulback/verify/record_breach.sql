-- One breach; `timestamp` has its default. The event type is the one that the seed's alert counts.
insert into public.security_audit_log (event_type, details) values ('rls_violation', %s)
