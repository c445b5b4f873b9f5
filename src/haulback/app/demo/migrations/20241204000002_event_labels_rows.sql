insert into public.event_labels (event_type, label)
values ('app_open', 'Opened the app'), ('mood_log', 'Logged a mood');
