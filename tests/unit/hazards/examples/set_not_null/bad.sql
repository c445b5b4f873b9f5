alter table public.orders alter column note set not null, alter column total set not null;
