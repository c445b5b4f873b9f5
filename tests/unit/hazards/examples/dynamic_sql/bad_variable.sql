do $$
declare
  wanted text := 'truncate ' || current_setting('app.table');
begin
  execute wanted;
end $$;
