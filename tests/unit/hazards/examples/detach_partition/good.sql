alter table events_2024 enable row level security;
