insert into storage.buckets (id, name, public) values ('faces', 'faces', true), ('papers', 'papers', false);
create policy papers on storage.objects for select to authenticated using (bucket_id = 'papers');
create policy mine on storage.objects for select to authenticated using (
    bucket_id = 'faces' and owner_id = (select auth.uid())::text
);
create policy uploads on storage.objects for insert to authenticated with check (bucket_id = 'faces');
