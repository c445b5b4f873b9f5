alter table public.orders add column shop bigint not null default 1 references public.shops deferrable initially deferred;
