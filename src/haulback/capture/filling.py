"""Gives captured values back to the rows they came from, in key ranges, while users write.

What a user wrote meanwhile is told by a guard: a trigger, put on in the transaction that brought the column back,
that notes the keys of rows whose column somebody else wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from haulback.capture import attic, live, registry
from haulback.capture.naming import SCHEMA
from haulback.clock import Clock, SystemClock
from haulback.errors import Exit, HaulbackError
from haulback.model.capture import Capture, CaptureKind, Filled, Keeps
from haulback.pg.queries import queries

BATCH = 2000  # rows; measured: writers wait at most about 10 ms for one
PAUSE = 0.02  # seconds between batches

_SQL = queries("haulback.capture", "sql/filling.sql")
_COUNTS = ("given", "gone", "erased", "kept")


class NothingToFill(HaulbackError):
    template = "capture {id} of {identity} has no table or no column to go back to"
    hint_template = "Run the same command again: the structure comes back first."
    exit_code = Exit.ROLLBACK_INCOMPLETE


def is_wanted(capture: Capture) -> bool:
    """Whether taking its deployment back gives this capture back."""
    if capture.keeps is not Keeps.BEFORE:
        return False
    whole = capture.kind is CaptureKind.COPIED_TABLE
    return whole or (capture.kind is CaptureKind.COPIED_COLUMNS and bool(capture.given_back))


def guard(connection: psycopg.Connection, capture: Capture) -> None:
    """Starts to note what users write into the columns of the capture; in the structure transaction."""
    if capture.kind is not CaptureKind.COPIED_COLUMNS:
        return
    unguard(connection, capture)
    names = _names(connection, capture)
    if names is None:
        return
    body = sql.SQL(_SQL["guard_body"]).format(**names.parts(connection)).as_string(connection)
    parts = {**names.parts(connection), "body": sql.Literal(body)}
    for query in ("guard_log", "guard_function"):
        connection.execute(sql.SQL(_SQL[query]).format(**parts))
    for query, event in (("guard_update", "update"), ("guard_insert", "insert")):
        trigger = sql.Identifier(_trigger(capture, event))
        connection.execute(sql.SQL(_SQL[query]).format(**parts, trigger=trigger))


def unguard(connection: psycopg.Connection, capture: Capture) -> None:
    """Takes the guard of a capture off; harmless where there is none."""
    if capture.kind is not CaptureKind.COPIED_COLUMNS:
        return
    table = live.find(connection, capture.identity)
    if table is not None:
        for event in ("update", "insert"):
            connection.execute(
                sql.SQL("drop trigger if exists {} on {}").format(
                    sql.Identifier(_trigger(capture, event)), table.identifier
                )
            )
    log = _log(capture)
    connection.execute(sql.SQL("drop function if exists {}()").format(log))
    connection.execute(sql.SQL("drop table if exists {}").format(log))


def fill(
    connection: psycopg.Connection,
    capture: Capture,
    *,
    batch: int = BATCH,
    pause: float = PAUSE,
    lock_timeout_ms: int = 500,
    clock: Clock | None = None,
    progress: Callable[[Capture, int], None] = lambda _capture, _rows: None,
) -> Filled:
    """Gives the values of one `copied columns` back, from its mark on; in autocommit.

    With a guard, what it noted stays. Without one (the columns came back with a deployment) only what is null, or
    what adding the column put into every row, gives way.

    Raises:
        NothingToFill: the structure is not back.
        CaptureDamaged: the capture is not what was kept; nothing of it was used.
        psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected: try again; nothing is lost.
    """
    capture = registry.load(connection, capture.id)
    names = _names(connection, capture)
    if names is None:
        raise NothingToFill(id=capture.id, identity=capture.identity)
    told: dict[str, Any] = dict(capture.progress.get("fill", {}))
    if not told:
        if capture.rows is None:
            capture = attic.count(connection, capture)
        else:
            attic.check(connection, capture)
    counts = {name: int(told.get(name, 0)) for name in _COUNTS}
    after: tuple[str, ...] | None = tuple(told["after"]) if "after" in told else None
    while not told.get("over"):
        last = _last(connection, names, after, batch)
        if last is None:
            told = {**counts, "over": True}
            registry.note(connection, capture, fill=told)
            break
        with connection.transaction():
            live.limit(connection, lock_timeout_ms)
            for name, plus in _range(connection, names, after, last).items():
                counts[name] += plus
            registry.note(connection, capture, fill={**counts, "after": list(last)})
        after = last
        progress(capture, sum(counts.values()))
        (clock or SystemClock()).sleep(pause)
    return Filled(registry.load(connection, capture.id), **counts)


@dataclass(frozen=True, slots=True)
class _Names:
    """One capture and its table, as the statements need them."""

    capture: Capture
    source: live.Table
    target: live.Table
    columns: tuple[str, ...]
    guarded: bool
    untouched: Mapping[str, str | None]
    erasing: tuple[str, ...]

    def parts(self, connection: psycopg.Connection) -> dict[str, sql.Composable]:
        key = self.capture.key
        comparable = live.comparable(connection, self.target)
        different = [
            (sql.SQL("{} is distinct from {}") if c in comparable else _AS_TEXT).format(
                sql.Identifier("old", c), sql.Identifier("new", c)
            )
            for c in self.columns
        ]
        return {
            "log": _log(self.capture),
            "table": self.target.identifier,
            "copy": self.source.identifier,
            "key": _list(key),
            "new": _list(key, "new"),
            "differs": sql.SQL(" or ").join(different),
        }

    def beyond(self, alias: str, key: Sequence[str], after: Sequence[str] | None, operator: str) -> sql.Composable:
        if after is None:
            return sql.SQL("true")
        values = []
        for name, value in zip(key, after, strict=True):
            column = self.target.column(name)
            # The type's text is the server's own format_type.
            values.append(sql.SQL("{}::{}").format(sql.Literal(value), sql.SQL(column.type if column else "text")))
        return sql.SQL("({}) {} ({})").format(_list(key, alias), _OPERATORS[operator], sql.SQL(", ").join(values))


_AS_TEXT = sql.SQL("{}::pg_catalog.text is distinct from {}::pg_catalog.text")
_OPERATORS = {">": sql.SQL(">"), "<=": sql.SQL("<=")}


def _names(connection: psycopg.Connection, capture: Capture) -> _Names | None:
    """None where the table or every column is missing, or the key is another."""
    source, target = live.kept(connection, capture), live.find(connection, capture.identity)
    if source is None or target is None or any(target.column(one) is None for one in capture.key):
        return None
    columns = tuple(
        one
        for one in capture.given_back
        if one not in capture.key and (there := target.column(one)) is not None and not there.generated
    )
    if not columns:
        return None
    guarded = live.kept_name(connection, _log_name(capture))
    known = {column.name for column in source.columns}
    users = sorted({*capture.user_columns, *target.user_columns} & known)
    erasing = tuple(users) if live.honours_erasure(connection) else ()
    return _Names(capture, source, target, columns, guarded, live.added_values(connection, target), erasing)


def _last(
    connection: psycopg.Connection, names: _Names, after: tuple[str, ...] | None, batch: int
) -> tuple[str, ...] | None:
    key = names.capture.key
    query = sql.SQL(_SQL["bounds"]).format(
        key=_list(key),
        key_texts=sql.SQL(", ").join(sql.SQL("{}::pg_catalog.text").format(sql.Identifier(k)) for k in key),
        copy=names.source.identifier,
        after=names.beyond("o", key, after, ">"),
        descending=sql.SQL(", ").join(sql.SQL("{} desc").format(sql.Identifier("r", k)) for k in key),
    )
    row = connection.execute(query, {"most": batch}).fetchone()
    return tuple(row) if row else None


def _range(
    connection: psycopg.Connection, names: _Names, after: tuple[str, ...] | None, last: tuple[str, ...]
) -> Mapping[str, int]:
    key = names.capture.key

    def within(alias: str) -> sql.Composed:
        return sql.SQL("{} and {}").format(names.beyond(alias, key, after, ">"), names.beyond(alias, key, last, "<="))

    values = {one: _cast(names, one) for one in names.columns}
    parts = {
        **names.parts(connection),
        # Without a guard nobody can have written: the range was never open to users.
        "log": _log(names.capture)
        if names.guarded
        else sql.SQL("(select {} from {} where false)").format(_list(key), names.source.identifier),
        "within_t": within("t"),
        "within_o": within("o"),
        "t_is_o": _equal("t", "o", key),
        "o_is_l": _equal("o", "l", key),
        "assignments": sql.SQL(", ").join(
            sql.SQL("{column} = case when {free} then {value} else {mine} end").format(
                column=sql.Identifier(one), free=_free(names, one), value=value, mine=sql.Identifier("t", one)
            )
            for one, value in values.items()
        ),
        "changed": sql.SQL("({})").format(
            sql.SQL(" or ").join(
                sql.SQL("({} and {})").format(
                    _free(names, one), _AS_TEXT.format(sql.Identifier("t", one), sql.Identifier("o", one))
                )
                for one in names.columns
            )
        ),
        "erased": _erased(names),
    }
    with live.silent(connection, names.target):
        connection.execute(sql.SQL(_SQL["hold"]).format(**parts))
        row = connection.execute(sql.SQL(_SQL["fill"]).format(**parts)).fetchone()
    assert row is not None  # noqa: S101 - aggregates have one row
    seen, given, gone, erased, kept = row
    if not names.guarded:
        return {"given": given, "gone": gone, "erased": erased, "kept": max(0, seen - given - gone - erased)}
    # What had its value already counts as given: that is what it has now.
    return {"given": max(0, seen - gone - erased - kept), "gone": gone, "erased": erased, "kept": kept}


def _free(names: _Names, column: str) -> sql.Composable:
    """Whether row `t` may take the captured value: the guard told of users already, else what is there tells."""
    if names.guarded:
        return sql.SQL("true")
    return sql.SQL("({mine} is null or {mine}::pg_catalog.text = {added})").format(
        mine=sql.Identifier("t", column), added=sql.Literal(names.untouched.get(column))
    )


def _erased(names: _Names) -> sql.Composable:
    if not names.erasing:
        return sql.SQL("false")
    return sql.SQL(" or ").join(
        sql.SQL("public.is_erased({}::pg_catalog.text::pg_catalog.uuid)").format(sql.Identifier("o", one))
        for one in names.erasing
    )


def _cast(names: _Names, name: str) -> sql.Composed:
    mine, other = names.source.column(name), names.target.column(name)
    value = sql.Identifier("o", name)
    if mine and other and mine.type != other.type:
        # The type's text is the server's own format_type.
        return sql.SQL("{}::pg_catalog.text::{}").format(value, sql.SQL(other.type))
    return sql.SQL("{}").format(value)


def _equal(one: str, other: str, key: Sequence[str]) -> sql.Composed:
    return sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(sql.Identifier(one, name), sql.Identifier(other, name)) for name in key
    )


def _list(names: Iterable[str], alias: str | None = None) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(alias, name) if alias else sql.Identifier(name) for name in names)


def _log_name(capture: Capture) -> str:
    return f"d{capture.number}_guard_{capture.id}"


def _log(capture: Capture) -> sql.Identifier:
    return sql.Identifier(SCHEMA, _log_name(capture))


def _trigger(capture: Capture, event: str) -> str:
    return f"haulback_guard_d{capture.number}_{capture.id}_{event}"
