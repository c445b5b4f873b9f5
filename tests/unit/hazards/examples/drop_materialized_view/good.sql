create materialized view totals_new as select 1 as one;
alter materialized view totals rename to totals_old;
alter materialized view totals_new rename to totals;
drop materialized view totals_old;
drop materialized view if exists counts;
create materialized view counts as select 2 as two;
