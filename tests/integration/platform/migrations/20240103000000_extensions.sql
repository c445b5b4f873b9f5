create schema gis;
create extension postgis with schema gis;
create table public.places (
    id bigint generated always as identity primary key,
    spot gis.geography(point, 4326) not null,
    area gis.geometry(polygon)
);
create index places_spot on public.places using gist (spot);
create function public.near(lat float, long float) returns setof public.places language sql as $$
    select * from public.places order by spot operator(gis.<->) gis.st_point(long, lat)::gis.geography;
$$;
create extension if not exists vector with schema extensions;
create table public.documents (id bigint primary key, embedding vector(3));
create index on public.documents using ivfflat (embedding vector_cosine_ops) with (lists = 10);
create index on public.documents using hnsw (embedding vector_l2_ops) with (m = 8, ef_construction = 32);
insert into public.documents values (1, '[1,2,3]');
create extension moddatetime schema extensions;
create trigger stamp before update on public.documents for each row execute procedure moddatetime (id);
create extension pg_jsonschema;
create extension "nobody_knows_this";
create extension if not exists pg_trgm with schema extensions;
create table public.words (word text);
create index on public.words using gin (word extensions.gin_trgm_ops);
