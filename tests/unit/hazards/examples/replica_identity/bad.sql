alter table orders replica identity nothing;
