create function order_count() returns bigint language sql stable set search_path = '' as 'select 1::bigint';
revoke execute on function order_count() from public;
alter default privileges in schema shop revoke execute on functions from public;
