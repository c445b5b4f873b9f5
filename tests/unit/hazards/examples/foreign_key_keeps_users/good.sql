create table public.orders (
    id bigint primary key,
    user_id uuid references auth.users (id) on delete cascade,
    packed_by uuid references auth.users (id) on delete set null,
    customer_id bigint references public.customers (id)
);
