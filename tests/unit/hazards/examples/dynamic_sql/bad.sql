do $$
declare
  found record;
begin
  for found in select tablename from pg_catalog.pg_tables where schemaname = 'old' loop
    execute format('drop table old.%I', found.tablename);
  end loop;
end $$;
