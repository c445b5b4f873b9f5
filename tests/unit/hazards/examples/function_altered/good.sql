alter function order_total(bigint) set search_path = '';
