alter table public.contract_broken add column text text;
