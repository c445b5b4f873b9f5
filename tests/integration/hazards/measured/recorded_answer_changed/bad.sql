drop policy everybody on public.recorded_answer;
create policy everybody on public.recorded_answer for select to anon using (owner is not null);
