drop extension if exists pg_trgm;
create extension pg_trgm with schema extensions;
