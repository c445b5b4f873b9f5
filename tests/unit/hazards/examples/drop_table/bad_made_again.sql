drop table if exists app.prices;
create table app.prices (id bigint primary key);
