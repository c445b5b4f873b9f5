"""Columns that change their type: what the migration made of their values, and what users wrote since.

Three values decide what a row gets when its deployment is taken back: the one before (in the copy made ahead), what
the migration made of it (kept here, in the migration's own transaction, or computed from the one before where that is
certain), and what is there now. Now and then are compared while the column still has the migration's type, so that
nothing has to be converted back to tell; what users wrote is copied ahead in that type as well, for the way back may
be the narrower one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from haulback.capture import live, recomputing, registry
from haulback.capture.conversions import conversions
from haulback.capture.copying import Chosen, CopyAhead
from haulback.capture.naming import SCHEMA, attic_name
from haulback.capture.original import original
from haulback.errors import Exit, HaulbackError
from haulback.model.capture import Capture, CaptureKind, Keeps, PlannedCopy
from haulback.model.deployment import Deployment
from haulback.pg.queries import queries

_SQL = queries("haulback.capture", "sql/retyping.sql")
_SINCE = "since"
_TEXT, _VARCHAR = 25, 1043  # object ids of the types; one is as good as the other


class KeysMoved(HaulbackError):
    template = "the migration gives {rows} rows of {identity} another key, so their old values could not go back"
    hint_template = "Change the key in a file of its own, or keep its values: ALTER COLUMN … TYPE without USING."
    exit_code = Exit.ROLLED_BACK


def keep_after(connection: psycopg.Connection, deployment: Deployment, text: str = "") -> None:
    """Keeps what the open transaction made of the columns whose copies it finished; its last act but for the journal.

    No lock is taken: who changes a type holds the table already. Nothing is copied where the server left the rows as
    they were, and their text with them, or where what it made can be computed at any time.

    Args:
        connection: inside the transaction.
        deployment: that it belongs to.
        text: of the migration, which may tell how values were converted.

    Raises:
        KeysMoved: rows were given other keys.
    """
    for capture in registry.captures(connection, deployment.id):
        parts = capture.kind is CaptureKind.COPIED_COLUMNS and capture.keeps is Keeps.BEFORE
        if parts and capture.detail.get("changed") and "after" not in capture.detail:
            after = _keep(connection, capture, text)
            connection.execute(_SQL["told"], {"id": capture.id, "detail": Jsonb({"after": after})})


def since(connection: psycopg.Connection, deployment: Deployment) -> tuple[CopyAhead, ...]:
    """The copies of what users wrote into such columns since, in the type that the migration gave them."""
    found = []
    for capture in registry.captures(connection, deployment.id):
        if capture.keeps is Keeps.BEFORE and capture.retyped:
            copy = _since(connection, deployment, capture)
            if copy is not None:
                found.append(copy)
    return tuple(found)


def index(connection: psycopg.Connection, deployment: Deployment) -> None:
    """Makes rows of what was kept findable by key, without a lock on anything in use; repeatable."""
    for capture in registry.captures(connection, deployment.id):
        made = live.kept_table(connection, capture.after_table)
        if capture.keeps is Keeps.BEFORE and made is not None and not live.has_primary_key(connection, made):
            key = sql.SQL(", ").join(map(sql.Identifier, capture.key))
            connection.execute(sql.SQL("alter table {} add primary key ({})").format(made.identifier, key))
            connection.execute(sql.SQL("analyze {}").format(made.identifier))


def note(connection: psycopg.Connection, copied: Sequence[Capture]) -> None:
    """Writes down which copy holds what users wrote since; in the structure transaction."""
    for one in copied:
        before = registry.load(connection, int(one.detail[_SINCE]["capture"]))
        registry.note(connection, before, since=one.id)


def is_told(capture: Capture) -> bool:
    """Whether it is known what users wrote into its retyped columns."""
    return bool(capture.retyped) and _SINCE in capture.progress


def written_since(connection: psycopg.Connection, capture: Capture) -> Capture | None:
    """The copy of what users wrote into the retyped columns of a capture; None where there was nothing to compare.

    Raises:
        NoSuchCapture: somebody purged it, and with it what tells users' values from the migration's.
    """
    return registry.load(connection, int(capture.progress[_SINCE])) if is_told(capture) else None


def live_name(written: Capture, column: str) -> str:
    """What a column of the capture before is called in the copy of what users wrote since."""
    return str(written.detail[_SINCE]["names"][column])


def _keep(connection: psycopg.Connection, capture: Capture, text: str) -> Mapping[str, Any]:
    was: Mapping[str, Any] = capture.detail["original"]
    now = original(connection, was["oid"])
    nothing: Mapping[str, Any] = {"table": None, "columns": []}
    if now is None:
        return nothing
    names = _names_now(was, now)
    changed = [one for one in capture.detail["changed"] if one in names and one not in capture.key]
    if set(capture.key) - names.keys():
        return nothing
    table = sql.Identifier(now["schema"], now["name"])
    if set(capture.key) & set(capture.detail["changed"]):
        with live.canonical(connection):
            _require_keys(connection, capture, table, names, (now["written"] or 0) - (was["written"] or 0))
    if not changed or _left_alone(was, now, changed, names):
        return {"table": None, "columns": changed}
    name = attic_name(capture.number, was["oid"], f"became_{was['name']}")
    if _is_promised(connection, capture, name, now, names, changed, text):
        return {"table": name, "columns": changed, "promised": changed}
    wanted = dict.fromkeys([*capture.key, *(one for one in capture.user_columns if one in names), *changed])
    values = sql.SQL(", ").join(
        # A type of the users' may go with the way back, and would not while a table here is made of it.
        (sql.SQL("{} as {}") if one in capture.key or _is_plain(now, names[one]) else _TEXT_AS).format(
            sql.Identifier("t", names[one]), sql.Identifier(one)
        )
        for one in wanted
    )
    made = sql.Identifier(SCHEMA, name)
    with live.canonical(connection):
        connection.execute(sql.SQL(_SQL["after"]).format(after=made, values=values, table=table))
    return {"table": name, "columns": changed}


def _is_promised(
    connection: psycopg.Connection,
    capture: Capture,
    name: str,
    now: Mapping[str, Any],
    names: Mapping[str, str],
    changed: Sequence[str],
    text: str,
) -> bool:
    """Whether what the migration made can be computed from the copy of before, by what its text says."""
    was: Mapping[str, Any] = capture.detail["original"]
    wanted = {*capture.key, *(one for one in capture.user_columns if one in names), *changed}
    as_it_was = all(was[one] == now[one] for one in ("schema", "name", "written"))
    if not as_it_was or any(names[one] != one for one in wanted) or set(capture.key) & set(capture.detail["changed"]):
        return False
    table = live.find(connection, now["identity"])
    return table is not None and recomputing.promise(connection, capture, name, table, changed, conversions(text))


_TEXT_AS = sql.SQL("{}::pg_catalog.text as {}")


def _since(connection: psycopg.Connection, deployment: Deployment, capture: Capture) -> CopyAhead | None:
    was: Mapping[str, Any] = capture.detail["original"]
    now = original(connection, was["oid"])
    made = live.kept_table(connection, capture.after_table or capture.attic_table)
    there = live.find(connection, now["identity"]) if now else None
    if now is None or made is None or there is None:
        return None
    names = _names_now(was, now)
    columns = [one for one in capture.retyped if one in names]
    if not columns or set(capture.key) - names.keys():
        return None
    alike = sql.SQL(_SQL["untouched"]).format(
        made=made.identifier,
        matches=_matches(capture.key, "a", {one: one for one in capture.key}, "t", names),
        differs=sql.SQL(" or ").join(
            _differs(there, made, names[one], one, as_text=capture.after_table is None) for one in columns
        ),
    )
    texts = tuple(names[one] for one in columns if not _is_plain(now, names[one]))
    mine = tuple(names[one] for one in columns)
    planned = PlannedCopy(now["identity"], mine, "users wrote them since", changed=mine, texts=texts)
    detail = {_SINCE: {"capture": capture.id, "names": {one: names[one] for one in (*capture.key, *columns)}}}
    return CopyAhead(
        deployment, planned, Keeps.AFTER, Chosen(f"{_SINCE}{capture.id}", sql.SQL("not {}").format(alike), detail)
    )


def _differs(now: live.Table, made: live.Table, mine: str, theirs: str, *, as_text: bool) -> sql.Composable:
    """Byte for byte where the types are the same; where they are not, by text."""
    there, kept = now.column(mine), made.column(theirs)
    as_text = as_text or there is None or kept is None or there.type != kept.type
    value = sql.SQL("{}::pg_catalog.text") if as_text else sql.SQL("{}")
    return sql.SQL("row({})::record operator(pg_catalog.*<>) row({})::record").format(
        value.format(sql.Identifier("t", mine)), value.format(sql.Identifier("a", theirs))
    )


def _require_keys(
    connection: psycopg.Connection,
    capture: Capture,
    table: sql.Identifier,
    names: Mapping[str, str],
    written: int,
) -> None:
    """A key may become wider, but must say the same: by it a row is found again. What the migration deleted may go."""
    query = sql.SQL(_SQL["moved_keys"]).format(
        copy=sql.Identifier(SCHEMA, capture.attic_table),
        table=table,
        matches=_matches(capture.key, "o", {one: one for one in capture.key}, "t", names),
    )
    row = connection.execute(query).fetchone()
    if row and row[0] > written:
        raise KeysMoved(rows=row[0], identity=capture.identity)


def _left_alone(
    was: Mapping[str, Any], now: Mapping[str, Any], changed: Sequence[str], names: Mapping[str, str]
) -> bool:
    """Whether the rows are still those that were copied, and read the same in their new type."""
    if was["files"] != now["files"] or was["written"] != now["written"]:
        return False
    for one in changed:
        old, new = was["columns"][one]["type"], now["columns"][names[one]]["type"]
        if old != new and {old, new} != {_TEXT, _VARCHAR}:
            return False
    return True


def _names_now(was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, str]:
    """The columns that are still there by their old names; a column keeps its number whatever it is called."""
    by_number = {facts["number"]: name for name, facts in now["columns"].items()}
    return {name: by_number[facts["number"]] for name, facts in was["columns"].items() if facts["number"] in by_number}


def _is_plain(now: Mapping[str, Any], name: str) -> bool:
    return bool(now["columns"][name]["plain"])


def _matches(
    key: Sequence[str], one: str, mine: Mapping[str, str], other: str, theirs: Mapping[str, str]
) -> sql.Composed:
    return sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(sql.Identifier(one, mine[name]), sql.Identifier(other, theirs[name])) for name in key
    )
