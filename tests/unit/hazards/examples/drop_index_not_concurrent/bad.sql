drop index if exists public.orders_note, orders_total;
