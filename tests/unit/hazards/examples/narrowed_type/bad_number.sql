alter table orders alter column amount type numeric(10, 2);
alter table orders alter column placed_at type timestamp;
alter table orders alter column id type int;
