create temp table wanted as select 1 as id;
create table old_prices (id bigint primary key);
drop table wanted;
drop table old_prices;
