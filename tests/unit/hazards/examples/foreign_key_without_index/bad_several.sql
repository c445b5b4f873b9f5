create table public.lines (
    order_id bigint,
    number integer,
    product_id bigint references public.products,
    primary key (number, product_id),
    foreign key (order_id, number) references public.orders (id, number)
);
