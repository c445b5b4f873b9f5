alter function order_total(bigint) rename to total_of_order;
