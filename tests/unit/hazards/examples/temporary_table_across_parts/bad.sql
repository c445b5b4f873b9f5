create temporary table gone as select id from public.orders where total = 0;
commit;
delete from public.orders where id in (select id from gone);
