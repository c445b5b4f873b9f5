create materialized view public.totals as select 1 as one;
revoke all on public.totals from anon, authenticated;
create schema private;
create materialized view private.totals as select 1 as one;
grant select on private.totals to anon;
