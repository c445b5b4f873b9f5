alter table public.orders alter column gross set expression as (total * 1.2);
