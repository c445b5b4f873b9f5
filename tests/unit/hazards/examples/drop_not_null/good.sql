alter table orders alter column remark drop not null;
alter table orders drop column remark;
