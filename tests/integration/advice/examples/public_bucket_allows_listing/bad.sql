-- finds: public_bucket_allows_listing_faces
-- finds: public_bucket_allows_listing_it's
insert into storage.buckets (id, name, public) values ('faces', 'faces', true), ('it''s', 'it''s', true);
create policy faces on storage.objects for select to anon using (bucket_id = 'faces');
create policy its on storage.objects for select using (bucket_id = 'it''s');
