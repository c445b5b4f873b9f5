alter table orders add column id uuid primary key;
