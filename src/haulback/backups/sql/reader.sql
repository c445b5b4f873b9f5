-- A role of the private cluster that sees every row and may change none.
do $$
declare
  place name;
begin
  if pg_catalog.to_regrole('haulback_reader') is null then
    create role haulback_reader login nosuperuser nocreatedb nocreaterole noinherit bypassrls;
  end if;
  for place in
    select n.nspname from pg_catalog.pg_namespace as n
     where n.nspname not like 'pg\_%' and n.nspname <> 'information_schema'
  loop
    execute pg_catalog.format('grant usage on schema %I to haulback_reader', place);
    execute pg_catalog.format('grant select on all tables in schema %I to haulback_reader', place);
  end loop;
end
$$;
