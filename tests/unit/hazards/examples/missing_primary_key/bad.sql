create table public.memberships (user_id uuid not null, team_id bigint not null);
