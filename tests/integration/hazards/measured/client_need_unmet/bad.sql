alter table public.client_need drop column body;
