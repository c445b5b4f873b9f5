grant all on public.orders, public.lines to public;
