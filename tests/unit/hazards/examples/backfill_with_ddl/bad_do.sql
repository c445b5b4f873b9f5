do $$
begin
    if not exists (select from information_schema.columns where column_name = 'gross') then
        alter table public.orders add column gross numeric;
        update public.orders set gross = total * 1.19;
    end if;
end
$$;
