revoke usage on schema shop from public;
revoke all on all tables in schema shop from anon;
revoke readers from reports;
revoke execute on function order_total(bigint) from public;
