SET check_function_bodies = false;
create table orders (id int primary key);
