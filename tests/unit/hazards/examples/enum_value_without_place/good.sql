alter type public.state add value 'packed' before 'sent';
