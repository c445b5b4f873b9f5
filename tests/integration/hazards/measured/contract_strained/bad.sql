alter type public.contract_mood add value 'mixed';
