insert into storage.buckets (id, name, public) values ('invoices', 'invoices', false);
insert into storage.buckets (id, name) values ('papers', 'papers');
update storage.buckets set public = false where id = 'avatars';
