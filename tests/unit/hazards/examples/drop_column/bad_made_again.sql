alter table orders drop column if exists note, add column note jsonb;
