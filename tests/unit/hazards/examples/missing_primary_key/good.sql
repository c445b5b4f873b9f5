create table public.memberships (user_id uuid, team_id bigint, primary key (user_id, team_id));
create table public.events (at timestamptz, id bigint, primary key (at, id)) partition by range (at);
create table public.events_2026 partition of public.events for values from ('2026-01-01') to ('2027-01-01');
create temporary table scratch (note text);
create table public.copies (like public.memberships including all);
