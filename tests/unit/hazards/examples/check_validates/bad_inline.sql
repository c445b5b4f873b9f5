alter table public.orders
    add column weight numeric default 1 constraint heavy check (weight > 0) references public.weights deferrable initially deferred,
    add check (total > 0 and note <> 'ADD'),
    alter column note set default 'x';
