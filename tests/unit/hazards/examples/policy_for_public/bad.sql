create policy published on public.posts for select using (published);
