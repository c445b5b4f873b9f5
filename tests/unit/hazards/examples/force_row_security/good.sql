create table orders (id int primary key);
alter table orders enable row level security;
alter table orders force row level security;
