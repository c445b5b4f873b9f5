create extension if not exists vector with schema extensions;
create extension if not exists pg_cron;
create extension if not exists pgcrypto;
