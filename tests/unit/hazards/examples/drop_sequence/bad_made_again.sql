drop sequence if exists order_numbers;
create sequence order_numbers;
