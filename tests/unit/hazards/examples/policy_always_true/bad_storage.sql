create policy uploads on storage.objects for update to public using ((select true)) with check (true);
