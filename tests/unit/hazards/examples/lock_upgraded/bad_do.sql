do $$
begin
    update public.orders set note = '' where note is null;
    alter table public.orders alter column note set default '';
end
$$;
