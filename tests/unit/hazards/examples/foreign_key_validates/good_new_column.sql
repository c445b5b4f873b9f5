alter table public.orders add column shop bigint references public.shops;
