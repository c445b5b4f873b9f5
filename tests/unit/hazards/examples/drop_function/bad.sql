drop function if exists order_total(bigint);
