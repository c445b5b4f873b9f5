-- Makes PostgREST refuse the writes of anon and authenticated while maintenance is active. One transaction,
-- no table is locked. Not a migration: the deployment switches it on and off (relax.sql).
--
-- How: PostgREST calls its pre-request function inside each request's own transaction, after it switched
-- to the request's role. The function compares system_status.expires_at with the clock there and then,
-- so that maintenance ends on time with nobody of ours alive. The other ways were weighed: triggers or
-- policies on every exposed table lock each of them twice and change the schema that is to be compared.
--
-- Where: in schema haulback, which no rollback script drops. A pre-request function that is gone fails
-- every request of the API, reads too; one that finds no system_status lets every request pass.
--
-- Who may: on Supabase `postgres` may set pgrst.* on authenticator. Elsewhere a superuser says once
--   grant set on parameter "pgrst.db_pre_request" to <the deploying role>;
--
-- What it does not reach: clients that speak to PostgreSQL without PostgREST. Their owner asks
-- public.maintenance_active() instead.

create schema if not exists haulback;

create or replace function haulback.refuse_writes_in_maintenance() returns void
language plpgsql security definer set search_path = ''
as $$
declare
  -- current_user is this function's owner; the setting still says whom the request came as.
  caller constant text := pg_catalog.current_setting('role');
  until timestamptz;
  reason text;
begin
  if caller not in ('anon', 'authenticated')
    or pg_catalog.current_setting('transaction_read_only')::boolean
    or coalesce(pg_catalog.current_setting('request.method', true), 'POST')
      in ('GET', 'HEAD', 'OPTIONS')
  then
    return;
  end if;

  begin
    select s.expires_at, s.message into until, reason
    from public.system_status s
    where s.is_current and s.maintenance_mode
      and (s.expires_at is null or s.expires_at > pg_catalog.clock_timestamp());
  exception
    when undefined_table or undefined_column or insufficient_privilege then
      return;  -- no status that we know how to read: nobody has declared maintenance
  end;
  if not found then
    return;
  end if;

  -- A function may read or write, and PostgREST tells us only its name. Reads go on (GraphQL's too, which
  -- come as a function), and the first write inside fails.
  if pg_catalog.current_setting('request.path', true) like '/rpc/%' then
    perform pg_catalog.set_config('transaction_read_only', 'on', true);
    return;
  end if;

  -- PostgREST answers SQLSTATE PGRST as its JSON says, so that a client hears when to come back.
  raise sqlstate 'PGRST' using
    message = pg_catalog.json_build_object(
      'code', 'PT503',
      'message', 'maintenance: ' || coalesce(reason, 'no changes are accepted at the moment'),
      'hint', case
        when until is null then 'Try again later.'
        else 'Try again after ' || pg_catalog.to_char(
          until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || '.'
      end
    )::text,
    detail = pg_catalog.json_build_object(
      'status', 503,
      'headers', pg_catalog.json_build_object(
        'Retry-After', coalesce(
          pg_catalog.ceil(extract(epoch from until - pg_catalog.clock_timestamp()))::int, 60)::text
      )
    )::text;
end
$$;

comment on function haulback.refuse_writes_in_maintenance() is
  'PostgREST pre-request: refuses writes of anon and authenticated while maintenance is active.';

-- USAGE for the API roles, and with it nothing but this function: PostgreSQL lets PUBLIC execute whatever
-- nobody revoked.
revoke execute on all functions in schema haulback from public;
grant usage on schema haulback to anon, authenticated, service_role;
grant execute on function haulback.refuse_writes_in_maintenance() to anon, authenticated, service_role;

do $$
declare
  present text;
begin
  select pg_catalog.split_part(c.setting, '=', 2) into present
  from pg_catalog.pg_db_role_setting s
  join pg_catalog.pg_roles r on r.oid = s.setrole and r.rolname = 'authenticator'
  cross join lateral pg_catalog.unnest(s.setconfig) c (setting)
  where s.setdatabase in (
      0, (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()))
    and c.setting like 'pgrst.db_pre_request=%'
    and c.setting <> 'pgrst.db_pre_request=haulback.refuse_writes_in_maintenance'
  limit 1;
  if present <> '' then
    raise exception 'the API already has the pre-request function %', present
      using errcode = 'object_in_use',
        hint = 'Ask public.maintenance_active() in that function, or turn enforcement off for this target.';
  end if;
end
$$;

alter role authenticator set pgrst.db_pre_request = 'haulback.refuse_writes_in_maintenance';
notify pgrst, 'reload config';
