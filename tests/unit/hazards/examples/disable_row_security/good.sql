alter table orders disable row level security;
update orders set channel = 'web' where channel is null;
alter table orders enable row level security;
create table scratch (id int primary key);
alter table scratch disable row level security;
