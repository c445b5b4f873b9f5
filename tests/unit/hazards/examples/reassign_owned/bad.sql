reassign owned by former to postgres;
