alter table orders add column channel text not null default 'web';
alter table orders add column remark text;
alter table orders add column number bigint not null generated always as identity;
alter table orders add column id bigserial primary key;
create table visits (id int primary key);
alter table visits add column place text not null;
