-- The attic. Run as the deploying role; each statement can be repeated.
-- Nobody is granted anything here: what the attic holds is reached through its owner only.

create schema if not exists haulback_attic;

revoke all on schema haulback_attic from public;

comment on schema haulback_attic is
  'Haulback: what deployments destroyed, or what taking them back would have. Not part of the application.';

-- Rows that a merge could not bring back, by their place in the attic: nobody updates rows there, so it holds.
create table if not exists haulback_attic.left_behind (
  capture bigint not null,
  part name not null,
  place tid not null,
  reason text not null,
  primary key (capture, part, place)
);

-- Erases a user from every capture, by the columns whose foreign key led to auth.users. The sum of a capture
-- stays right, so that an erasure does not look like damage.
create or replace function haulback.erase_user(subject uuid) returns jsonb
  language plpgsql security definer
  set search_path = ''
  set row_security = off
  -- As in `canonical text` of attic.py: a row weighs the same whatever the session prefers.
  set datestyle = 'ISO, YMD'
  set timezone = 'UTC'
  set intervalstyle = 'postgres'
  set extra_float_digits = 1
  set bytea_output = 'hex'
  set xmloption = 'content'
as $$
declare
  kept record;
  erased bigint;
  weight numeric;
  weight_after numeric;
  counts jsonb := '{}';
begin
  for kept in
    select c.id, c.identity, c.attic_table, (
        select pg_catalog.string_agg(pg_catalog.format('k.%I::pg_catalog.text = $1::pg_catalog.text', u), ' or ')
        from pg_catalog.jsonb_array_elements_text(c.detail -> 'user_columns') as u) as belongs,
      -- What the migration made of these rows, found by their key or, where it made rows of its own, by the user.
      c.detail -> 'after' ->> 'table' as after_table, (
        select pg_catalog.string_agg(pg_catalog.format('k.%1$I = g.%1$I', u), ' and ')
        from pg_catalog.jsonb_array_elements_text(c.detail -> 'key') as u) as same_key, coalesce((
        select pg_catalog.string_agg(pg_catalog.format('k.%I::pg_catalog.text = $1::pg_catalog.text', a.attname), ' or ')
        from pg_catalog.pg_attribute as a
        where a.attrelid = pg_catalog.to_regclass(
            'haulback_attic.' || pg_catalog.quote_ident(c.detail -> 'after' ->> 'table'))
          and a.attnum > 0 and not a.attisdropped and c.detail -> 'user_columns' ? a.attname), 'false') as belongs_after
    from haulback.capture as c
    where c.kind in ('moved table', 'copied table', 'copied columns', 'changed rows')
      and pg_catalog.jsonb_array_length(c.detail -> 'user_columns') > 0
      and pg_catalog.to_regclass(pg_catalog.format('haulback_attic.%I', c.attic_table)) is not null
    order by c.id
  loop
    weight_after := 0;
    if pg_catalog.to_regclass('haulback_attic.' || pg_catalog.quote_ident(kept.after_table)) is not null then
      execute pg_catalog.format(
        'with gone as (
           delete from haulback_attic.%I as k
            where %s or exists (select from (select k.* from haulback_attic.%I as k where %s) as g where %s)
           returning k)
         select coalesce(pg_catalog.sum(pg_catalog.hashtextextended(k::pg_catalog.text, 0)::pg_catalog.numeric), 0)
           from gone',
        kept.after_table, kept.belongs_after, kept.attic_table, kept.belongs, kept.same_key
      ) into weight_after using subject;
    end if;
    execute pg_catalog.format(
      'with gone as (delete from haulback_attic.%I as k where %s returning k)
       select pg_catalog.count(*), coalesce(
         pg_catalog.sum(pg_catalog.hashtextextended(k::pg_catalog.text, 0)::pg_catalog.numeric), 0) from gone',
      kept.attic_table, kept.belongs
    ) into erased, weight using subject;
    weight := weight + weight_after;
    if erased > 0 or weight_after <> 0 then
      update haulback.capture as c
        set rows = c.rows - erased, checksum = c.checksum - weight
        where c.id = kept.id;
      counts := pg_catalog.jsonb_set(counts, array[kept.identity],
        pg_catalog.to_jsonb(coalesce((counts ->> kept.identity)::bigint, 0) + erased));
    end if;
  end loop;
  return counts;
end
$$;

comment on function haulback.erase_user(uuid) is
  'Deletes the rows of a user from every capture in the attic; returns how many, by table.';

revoke all on function haulback.erase_user(uuid) from public;
