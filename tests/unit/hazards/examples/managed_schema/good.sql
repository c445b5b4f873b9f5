create policy avatars on storage.objects for select to authenticated using (bucket_id = 'avatars');
create trigger made after insert on auth.users for each row execute function public.made();
create table public.profiles (id uuid primary key references auth.users (id) on delete cascade, nickname text);
