alter table public.contract_strained add column mixed boolean not null default false;
