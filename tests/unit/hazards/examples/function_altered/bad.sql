alter function order_total(bigint) security invoker immutable;
