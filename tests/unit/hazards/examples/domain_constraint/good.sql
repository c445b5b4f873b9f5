alter domain public.email add constraint has_at check (value like '%@%') not valid;
alter domain public.email set default 'nobody@example.org';
create domain public.fresh as text;
alter domain public.fresh add check (value <> '');
