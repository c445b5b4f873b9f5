-- name: images
-- Templates that are kept, oldest first.
select d.datname::text from pg_catalog.pg_database as d where d.datname like %(pattern)s order by d.oid;
