alter table public.audit set schema private;
create view public.audit with (security_invoker = true) as select * from private.audit;
