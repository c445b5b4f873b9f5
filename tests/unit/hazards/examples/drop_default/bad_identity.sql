alter table orders alter column id drop identity if exists;
alter table orders alter column total drop expression;
