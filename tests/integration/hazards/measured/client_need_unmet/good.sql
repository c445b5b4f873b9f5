alter table public.client_need add column summary text;
