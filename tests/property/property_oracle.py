"""What must hold once a deployment is taken back."""

from __future__ import annotations

import psycopg
from property_schema import q
from property_users import Key, Row, Rows, Users
from property_world import World

from haulback.model.schema import Schema, compare

# Whatever of ours is neither a registered capture nor always there, and indexes that a statement left half made.
LEFT_OVER = """
select c.oid::regclass::text from pg_class as c
 where c.relnamespace = to_regnamespace('haulback_attic') and c.relkind in ('r', 'p', 'S')
   and c.relname not in ('left_behind', 'change_number') and not exists (select from pg_inherits as h where h.inhrelid = c.oid)
   and not exists (select from haulback.capture as k
                    where k.attic_table = c.relname or k.detail::text like '%' || c.relname || '%')
union all
select p.oid::regprocedure::text from pg_proc as p
 where p.pronamespace = to_regnamespace('haulback_attic') and p.prorettype = 'trigger'::regtype
   and p.proname <> 'note_change'
union all
select i.indexrelid::regclass::text from pg_index as i where not i.indisvalid or not i.indisready
"""


def left_behind(connection: psycopg.Connection) -> dict[Key, set[str]]:
    """Reasons by row, for rows that the attic says did not come back or stay; each must lie in the attic."""
    found: dict[Key, set[str]] = {}
    if connection.execute("select to_regclass('haulback_attic.left_behind')").fetchone() == (None,):
        return found
    listed = connection.execute(
        "select c.id, c.identity, c.attic_table, l.part, l.place::text, l.reason, c.detail -> 'key', c.kind"
        " from haulback_attic.left_behind l join haulback.capture c on c.id = l.capture"
    ).fetchall()
    for _, identity, log, part, place, reason, key, kind in listed:
        names = key or []
        texts = ", ".join(f"o.{q(one)}::text" for one in names) or "null"
        values = connection.execute(
            f"select {texts} from haulback_attic.{q(log)} as o where o.ctid = '{place}'".encode()
        ).fetchone()
        assert values is not None, f"{identity} {place} ({reason}, {kind}, {part}) is listed and not in the attic"
        name = connection.execute("select relname from pg_class where oid = to_regclass(%s)", [identity]).fetchone()
        found.setdefault((name[0] if name else identity, tuple(values)), set()).add(reason)
    return found


def judge(made: World, users: Users, before: Schema) -> list[str]:
    """Every way in which the database is not what it must be; empty when all is well.

    Args:
        made: the database, taken back.
        users: with their ledger.
        before: the schema.
    """
    wrong: list[str] = []
    found = made.schema()
    if found.fingerprint_without_order != before.fingerprint_without_order:
        wrong += [f"schema: {line}" for line in compare(before, found).lines()]
    with made.connect() as connection:
        triggers = connection.execute("select tgname from pg_trigger where tgname like 'haulback%%'").fetchall()
        if triggers:
            wrong.append(f"triggers of ours: {triggers}")
        if connection.execute("select to_regclass('haulback.capture') is not null").fetchone() == (True,):
            wrong += [f"left over: {row[0]}" for row in connection.execute(LEFT_OVER).fetchall()]
        listed = left_behind(connection)
    now = users.seen.rows(users.connection)
    ledger = users.ledger
    for key in sorted(users.before.keys() | now.keys() | ledger.owed.keys(), key=repr):
        table = users.seen.tables[key[0]][0]
        if not table.key:
            continue
        wrong += _row(key, users.before.get(key), now.get(key), users, listed.get(key, set()))
    wrong += _keyless(users, now, listed)
    if not ledger.told and listed:
        wrong.append(f"nobody wrote, and yet: {listed}")
    return wrong


def _row(key: Key, was: Row | None, now: Row | None, users: Users, reasons: set[str]) -> list[str]:
    label, owed = f"{key[0]} {key[1]}", users.ledger.owed.get(key)
    if owed is None:
        return [] if was == now or reasons else [f"{label}: nobody touched it; was {was}, is {now}"]
    if owed.gone:
        kept = now is not None and not (was is None and reasons)
        return [f"{label}: a user deleted it, and it is there: {now}"] if kept else []
    if now is None:
        unsure = all((key, name) in users.ledger.unsure for name in owed.columns)
        if was is None and not owed.whole and unsure:
            return []
        return [f"{label}: a user wrote {owed.columns}, and it is gone; reasons {reasons}"]
    generated = {one.name for one in users.seen.tables[key[0]][0].columns if one.generated}
    found = (_value(key, name, was, value, users, reasons) for name, value in now.items() if name not in generated)
    return [f"{label}.{one}" for one in found if one]


def _value(key: Key, name: str, was: Row | None, value: str | None, users: Users, reasons: set[str]) -> str:
    owed, ledger = users.ledger.owed[key], users.ledger
    if (key, name) in ledger.unsure:
        return "" if value in ledger.values[key, name] else f"{name}: nobody ever wrote {value!r}"
    if name in owed.columns:
        wanted = owed.columns[name]
        return "" if value == wanted else f"{name}: a user wrote {wanted!r}, and it is {value!r}"
    if owed.whole or was is None or value == was[name] or reasons - {"changed by a user since"}:
        return ""
    return f"{name}: nobody touched it; was {was[name]!r}, is {value!r}"


def _keyless(users: Users, now: Rows, listed: dict[Key, set[str]]) -> list[str]:
    wrong: list[str] = []
    for name, (table, *_) in users.seen.tables.items():
        if table.key or any(key[0] == name for key in users.ledger.owed):
            continue
        mine, theirs = ({key: row for key, row in rows.items() if key[0] == name} for rows in (users.before, now))
        if mine.keys() != theirs.keys():
            wrong.append(
                f"{name} has no key; was {sorted(mine.keys() - theirs.keys())}, is {sorted(theirs.keys() - mine.keys())}"
            )
    return wrong
