-- What notes the rows that a migration changes. Run as the deploying role; each statement can be repeated.
-- The notes of one table are one table of the attic: see arming.py for its columns.

-- Statements in the order in which they began: an inner one, started by a trigger, is noted before the outer one.
create sequence if not exists haulback_attic.change_number;

-- The columns of a relation as they are now; the statements below are made anew once that changes.
create or replace function haulback_attic.shape(relation oid) returns text
  language sql stable
  set search_path = ''
as $$
  select pg_catalog.string_agg(
           pg_catalog.format('%s %s %s', a.attnum, a.attname, a.atttypid), ',' order by a.attnum)
    from pg_catalog.pg_attribute as a
   where a.attrelid = relation and a.attnum > 0 and not a.attisdropped
$$;

-- The statement that notes the transition tables of one event. `columns` tells of each column as it was when the
-- noting began: n its number, c its name in the notes, w the name for new values, t its type, s that type's name,
-- x whether it is kept as text, e whether it has an equality, k whether it is of the key, u whether it tells a user.
-- A column is found by its number, whatever it is called by now; one that is gone or has another type by now is
-- left out, since a copy made ahead holds it.
create or replace function haulback_attic.noting(relation oid, columns jsonb, log text, event text) returns text
  language plpgsql stable
  set search_path = ''
as $$
declare
  one record;
  fields text[] := '{}';
  before text[] := '{}';
  after text[] := '{}';
  sides text[] := '{}';
  joined text[] := '{}';
  told text[] := '{}';
  changed text[] := '{}';
  matches text[] := '{}';
  differs text[] := '{}';
  lone_old text;
  lone_new text;
  same text;
  keyed boolean;
  old_value text;
  new_value text;
begin
  select pg_catalog.bool_or((c ->> 'k')::boolean) into keyed from pg_catalog.jsonb_array_elements(columns) as c;
  for one in
    select c ->> 'c' as name, c ->> 'w' as new_name, c ->> 's' as type, (c ->> 'x')::boolean as as_text,
           (c ->> 'e')::boolean as comparable, (c ->> 'k')::boolean as in_key, (c ->> 'u')::boolean as tells_user,
           a.attnum as place, pg_catalog.quote_ident(a.attname) as now,
           a.atttypid <> (c ->> 't')::pg_catalog.oid as retyped
      from pg_catalog.jsonb_array_elements(columns) as c
      join pg_catalog.pg_attribute as a
        on a.attrelid = relation and a.attnum = (c ->> 'n')::pg_catalog.int2 and not a.attisdropped
     order by a.attnum
  loop
    if one.retyped and not one.in_key then
      continue;
    end if;
    old_value := 'o.' || one.now;
    new_value := 'n.' || one.now;
    same := case when one.comparable then old_value || ' is not distinct from ' || new_value
                 else old_value || '::pg_catalog.text is not distinct from ' || new_value || '::pg_catalog.text' end;
    if one.as_text or one.retyped then
      old_value := old_value || '::pg_catalog.text';
      new_value := new_value || '::pg_catalog.text';
      if one.retyped and not one.as_text then
        old_value := old_value || '::' || one.type;
        new_value := new_value || '::' || one.type;
      end if;
    end if;
    if one.in_key then
      lone_old := 'o.' || one.now || ' is null';
      lone_new := 'n.' || one.now || ' is null';
      matches := matches || (old_value || ' = ' || new_value);
      fields := fields || pg_catalog.quote_ident(one.name);
      before := before || old_value;
      after := after || new_value;
      told := told || pg_catalog.format('f.k%s', one.place);
      joined := joined || pg_catalog.format('coalesce(%s, %s) as k%s', old_value, new_value, one.place);
      continue;
    end if;
    differs := differs || ('not (' || same || ')');
    fields := fields || array[pg_catalog.quote_ident(one.name), pg_catalog.quote_ident(one.new_name)];
    before := before || array[old_value, 'null'];
    after := after || array['null', new_value];
    sides := sides || array[old_value, new_value];
    joined := joined || pg_catalog.format('%1$s as o%3$s, %2$s as n%3$s, not (%4$s) as d%3$s',
      old_value, new_value, one.place, same);
    changed := changed || pg_catalog.format('f.d%s', one.place);
    told := told || pg_catalog.format(
      case when one.tells_user then 'f.o%1$s, f.n%1$s'
           else 'case when f.d%1$s then f.o%1$s end, case when f.d%1$s then f.n%1$s end' end, one.place);
  end loop;
  if event = 'DELETE' then
    return pg_catalog.format(
      'insert into haulback_attic.%I (haulback_statement, haulback_event, %s) select $1, ''d'', %s from haulback_old as o',
      log, pg_catalog.array_to_string(fields, ', '), pg_catalog.array_to_string(before, ', '));
  elsif event = 'INSERT' then
    return pg_catalog.format(
      'insert into haulback_attic.%I (haulback_statement, haulback_event, %s) select $1, ''i'', %s from haulback_new as n',
      log, pg_catalog.array_to_string(fields, ', '), pg_catalog.array_to_string(after, ', '));
  elsif keyed then
    -- A row whose key changed is one that went and one that came; of such a row the other side is null. `offset 0` has
    -- each column compared once, and not wherever the outcome is used.
    return pg_catalog.format(
      'insert into haulback_attic.%I (haulback_statement, haulback_event, %s)'
      ' select $1, case when f.went then ''d'' when f.came then ''i'' else ''u'' end::"char", %s'
      '   from (select %s as went, %s as came, %s'
      '           from haulback_old as o full join haulback_new as n on %s offset 0) as f where %s',
      log, pg_catalog.array_to_string(fields, ', '), pg_catalog.array_to_string(told, ', '), lone_new, lone_old,
      pg_catalog.array_to_string(joined, ', '), pg_catalog.array_to_string(matches, ' and '),
      pg_catalog.array_to_string(array['f.went', 'f.came'] || changed, ' or '));
  end if;
  -- Without a key the two tables pair by their order: measured, nowhere promised; see three_way.py for what it costs
  -- where it should be wrong.
  return pg_catalog.format(
    'insert into haulback_attic.%I (haulback_statement, haulback_event, %s) select $1, ''u'', %s'
    '  from (select pg_catalog.row_number() over () as haulback_place, t.* from haulback_old as t) as o'
    '  join (select pg_catalog.row_number() over () as haulback_place, t.* from haulback_new as t) as n'
    '    using (haulback_place) where %s',
    log, pg_catalog.array_to_string(fields, ', '), pg_catalog.array_to_string(sides, ', '),
    pg_catalog.array_to_string(differs, ' or '));
end
$$;

-- Arguments of the triggers: the table of notes, its columns, the shape that the statement is for, the statement.
-- Every value has one text, whatever the migration prefers: some are kept as text, some compared by it.
create or replace function haulback_attic.note_change() returns trigger
  language plpgsql security definer
  set search_path = ''
  set datestyle = 'ISO, YMD'
  set timezone = 'UTC'
  set intervalstyle = 'postgres'
  set extra_float_digits = 1
  set bytea_output = 'hex'
  set xmloption = 'content'
as $$
declare
  running text[] := pg_catalog.string_to_array(nullif(pg_catalog.current_setting('haulback.running', true), ''), ' ');
  mark text := tg_relid || ':' || tg_op || ':';
  beside text := '^' || tg_relid || ':[A-Z]+:[0-9]+:' || pg_catalog.pg_trigger_depth() || '$';
  place integer;
  number bigint;
begin
  if tg_when = 'BEFORE' then
    -- What begins beside another part of the same statement, not inside a trigger of it, has no order of its own.
    select pg_catalog.split_part(r.one, ':', 3)::bigint into number
      from pg_catalog.unnest(running) as r (one) where r.one ~ beside limit 1;
    number := coalesce(number, pg_catalog.nextval('haulback_attic.change_number'));
    perform pg_catalog.set_config('haulback.running',
      pg_catalog.array_to_string((mark || number || ':' || pg_catalog.pg_trigger_depth()) || running, ' '), true);
    if pg_catalog.current_setting('haulback.marking', true) = 'on' then
      -- On a shadow: a statement that met no rows there may meet some on the target.
      execute pg_catalog.format(
        'insert into haulback_attic.%I (haulback_statement, haulback_event) values ($1, ''b'')', tg_argv[0])
        using number;
    end if;
    return null;
  end if;
  if tg_op = 'TRUNCATE' then
    execute pg_catalog.format(
      'insert into haulback_attic.%I (haulback_statement, haulback_event) values ($1, ''t'')', tg_argv[0])
      using pg_catalog.nextval('haulback_attic.change_number');
    return null;
  end if;
  select r.place, pg_catalog.split_part(r.one, ':', 3)::bigint into place, number
    from pg_catalog.unnest(running) with ordinality as r (one, place)
   where pg_catalog.starts_with(r.one, mark) order by r.place limit 1;
  if place is null then
    number := pg_catalog.nextval('haulback_attic.change_number');
  else
    perform pg_catalog.set_config('haulback.running',
      pg_catalog.array_to_string(running[:place - 1] || running[place + 1:], ' '), true);
  end if;
  if haulback_attic.shape(tg_relid) = tg_argv[2] then
    execute tg_argv[3] using number;
  else
    execute haulback_attic.noting(tg_relid, tg_argv[1]::jsonb, tg_argv[0], tg_op) using number;
  end if;
  return null;
end
$$;

revoke all on function haulback_attic.note_change() from public;
