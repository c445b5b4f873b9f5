do $$
begin
    create index concurrently orders_note on public.orders (note);
end
$$;
