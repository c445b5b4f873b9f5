drop owned by former cascade;
