alter function order_total(bigint) owner to shop;
alter view recent_orders owner to shop;
