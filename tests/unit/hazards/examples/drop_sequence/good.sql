alter sequence order_numbers increment by 10;
create sequence scratch;
drop sequence scratch;
