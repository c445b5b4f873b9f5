alter table orders alter column id type bigint;
alter table orders alter column note type text;
