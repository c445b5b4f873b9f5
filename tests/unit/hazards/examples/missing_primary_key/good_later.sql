create table public.memberships (user_id uuid, team_id bigint);
alter table public.memberships add primary key (user_id, team_id);
