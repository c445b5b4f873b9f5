alter table public.contract_broken add column summary text;
alter table public.contract_broken rename column body to text;
