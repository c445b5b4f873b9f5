alter table orders no force row level security;
update orders set channel = 'web' where channel is null;
alter table orders force row level security;
