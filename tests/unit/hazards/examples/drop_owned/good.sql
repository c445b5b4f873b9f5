reassign owned by former to postgres;
drop owned by former;
