-- finds: materialized_view_in_api_public_totals
create materialized view public.totals as select 1 as one;
