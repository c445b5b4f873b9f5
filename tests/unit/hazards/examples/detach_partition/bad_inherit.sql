alter table events_2024 no inherit events;
