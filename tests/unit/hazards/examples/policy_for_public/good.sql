create policy published on public.posts for select to anon, authenticated using (published);
create policy own_posts on public.posts for select using ((select auth.uid()) = author_id);
