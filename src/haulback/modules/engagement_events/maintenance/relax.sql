-- Ends what enforce.sql began. The function stays: an API server that has not yet read its configuration
-- again still calls it, and would fail every request without it.
do $$
begin
  if exists (
    select from pg_catalog.pg_db_role_setting s
    join pg_catalog.pg_roles r on r.oid = s.setrole and r.rolname = 'authenticator'
    where s.setdatabase = 0
      and 'pgrst.db_pre_request=haulback.refuse_writes_in_maintenance' = any (s.setconfig)
  ) then
    alter role authenticator reset pgrst.db_pre_request;
  end if;
end
$$;

notify pgrst, 'reload config';
