-- name: sequences
-- Where each sequence of the users stands; null where it was never used, or this role may not ask.
select pg_catalog.quote_ident(s.schemaname) || '.' || pg_catalog.quote_ident(s.sequencename), s.last_value
  from pg_catalog.pg_sequences as s
 where s.schemaname not in ('pg_catalog', 'information_schema', 'haulback', 'haulback_attic')
   and s.schemaname not like 'pg\_temp\_%'
 order by 1

-- name: erased
-- Of these users, those that were erased.
select u.subject from pg_catalog.unnest(%(users)s::text[]) as u (subject)
 where public.is_erased(u.subject::uuid)

-- name: honours_erasure
select pg_catalog.to_regprocedure('public.is_erased(uuid)') is not null
