create table parcels (id bigint primary key, weight int);
alter table parcels drop column weight;
alter table orders add column scratch int;
alter table orders drop column scratch;
