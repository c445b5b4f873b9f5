alter extension pg_trgm set schema extensions;
alter function order_total(bigint) set schema private;
