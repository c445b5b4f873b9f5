create table public.people (id int, place int, primary key (id, place));
create table public.orders (
    id int primary key, person int, place int, "Other" int, foreign key (person, place) references public.people
);
create index on public.orders (place, person, id);
create table public.parcels (id int primary key, "Order" int references public.orders);
create index on public.parcels ("Order") where "Order" is not null;
create table public.parts (id int, day date, parcel int references public.parcels, primary key (id, day))
    partition by range (day);
create table public.parts_1 partition of public.parts for values from ('2026-01-01') to ('2026-02-01');
create index on public.parts (parcel);
