"""Copies a table, or columns of it, ahead of the statement that destroys them, while users write.

First a row trigger notes the keys of what changes (arm), then the rows are copied without a lock (copy), and at
the end, under the lock that the destroying statement needs anyway, only the rows noted are copied again (finish).
The lock is held for as long as that takes, whatever the size of the table: measured 5 ms at ten million rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from haulback.capture import attic, live, registry
from haulback.capture.columns import listed
from haulback.capture.moving import described, positions
from haulback.capture.naming import SCHEMA, attic_name
from haulback.capture.original import original
from haulback.capture.pace import MOST, SHARE, Copied, Pace
from haulback.clock import Clock, SystemClock
from haulback.errors import Exit, HaulbackError
from haulback.model.capture import Capture, CaptureKind, Keeps, PlannedCopy
from haulback.model.deployment import Deployment
from haulback.pg.queries import bound, queries

_SQL = queries("haulback.capture", "sql/copying.sql")
_CATALOG = queries("haulback.capture", "sql/copies.sql")
_PLACES = "[0-9]+(_(p|since)[0-9]+)*"  # a table by its number, with the tags of its copies
_SMALL = 8192  # pages (64 MB): copied in one piece, and compared row by row under the lock in about 0.1 s
_CATCH_UPS, _FEW = 5, 1_000  # so many times at most; so few rows are left for the lock
# Ranges are read along the index of the key. Left to its statistics (none yet, or a key whose first column says
# little) the server may sort the whole rest of the table for each of them.
_BY_KEY = "set local enable_seqscan = off; set local enable_bitmapscan = off; set local enable_sort = off"


class NoKeyToCopyBy(HaulbackError):
    template = "{identity} has no key, so it cannot be copied while users write to it"
    hint_template = "Give it a primary key in an earlier migration."
    exit_code = Exit.REFUSED


class CopyLost(HaulbackError):
    template = "the copy of {identity} is not whole: {reason}"
    hint_template = "Nothing was destroyed. Run the same command again: it copies anew."
    exit_code = Exit.ROLLED_BACK


class PolicyInTheWay(HaulbackError):
    template = "a row-level policy of {identity} would hide rows from the copy"
    hint_template = "Deploy as a role with BYPASSRLS, or as the owner of {identity} without FORCE ROW LEVEL SECURITY."
    exit_code = Exit.REFUSED


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which rows a copy is about, where it is not all of them.

    Attributes:
        tag: tells this copy from another one of the same table: `since` and a number.
        condition: over a row `t` of the table.
        detail: what the capture says of it.
    """

    tag: str
    condition: sql.Composable
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Subject:
    """The table under its names, with what is copied of it.

    `place` is its number with the tag of the copy: what our objects are named after.
    """

    oid: int
    place: str
    table: sql.Identifier
    name: str
    pages: int
    key: tuple[str, ...]
    columns: tuple[str, ...]
    detail: dict[str, Any]


class CopyAhead:
    """One table on its way into the attic. Keeps no state: names follow from the deployment and the table."""

    def __init__(
        self, deployment: Deployment, planned: PlannedCopy, keeps: Keeps, chosen: Chosen | None = None
    ) -> None:
        self._deployment, self.planned, self._keeps, self._chosen = deployment, planned, keeps, chosen

    def arm(self, connection: psycopg.Connection) -> None:
        """Notes every change from the commit of this transaction on. Locks writers out for milliseconds.

        Inside the caller's transaction, with his lock_timeout, or in one of its own.

        Raises:
            NoKeyToCopyBy: rows could not be found again.
        """
        with connection.transaction():
            attic.install(connection)
            subject = self._subject(connection)
            _clear(connection, f"d{self._deployment.number}", subject.place)
            run = partial(self._run, connection, subject)
            run("empty")
            for query in ("log", "mark", "function"):
                run(query)
            for query, trigger in zip(
                ("on_rows", "on_update", "on_truncate"), self._triggers(subject.place), strict=True
            ):
                run(query, trigger=sql.Identifier(trigger))
                run("always", trigger=sql.Identifier(trigger))

    def copy(
        self,
        connection: psycopg.Connection,
        *,
        rows: int = MOST,
        share: float = SHARE,
        clock: Clock | None = None,
        progress: Callable[[Copied], None] = lambda _copied: None,
    ) -> None:
        """Copies what is there, in ranges of the key with pauses where the table is large; no lock.

        Args:
            connection: in autocommit, after `arm` has committed.
            rows: of one range at most; see `Pace`.
            share: of the time that ranges may take; the rest are pauses.
            clock: for the pauses.
            progress: called after each range.

        Raises:
            PolicyInTheWay: the copy would have been thinned out; nothing was copied.
        """
        subject = self._subject(connection)
        pace = Pace(clock or SystemClock(), share, rows)
        try:
            # Few rows are chosen, however large the table: a range would end where the next of them is.
            if self._chosen or 0 <= subject.pages <= _SMALL:
                with connection.transaction(), live.canonical(connection):
                    whole = self._run(connection, subject, "whole").rowcount
                progress(Copied(whole, whole, pace.seconds, over=True))
            else:
                self._ranges(connection, subject, pace, progress)
        except psycopg.errors.InsufficientPrivilege as error:
            raise PolicyInTheWay(identity=self.planned.identity) from error
        copy = self._copy(subject)
        connection.execute(sql.SQL("alter table {} add primary key ({})").format(copy, listed(subject.key)))
        connection.execute(sql.SQL("analyze {}").format(copy))
        # What changed while the copy was made, without a lock: under the lock only the last moments are left.
        for _ in range(_CATCH_UPS):
            with connection.transaction(), live.canonical(connection):
                if self._catch_up(connection, subject) <= _FEW:
                    break

    def finish(self, connection: psycopg.Connection) -> Capture:
        """Copies what changed meanwhile, takes the triggers off, checks and registers the copy.

        Inside the caller's transaction, which then destroys the original; the table is locked here.

        Raises:
            CopyLost: it was never armed, or a crash or TRUNCATE came in between: start again.
            psycopg.errors.LockNotAvailable: try again.
        """
        subject = self._subject(connection)
        connection.execute(sql.SQL("lock table {} in access exclusive mode").format(subject.table))
        # Only for the copy: what follows in the transaction is the migration, with settings of its own.
        with live.canonical(connection):
            self._require_whole(connection, subject)
            self._catch_up(connection, subject)
            self._take_off(connection, subject)
            if 0 <= subject.pages <= _SMALL:
                self._compare(connection, subject)
        detail = {
            **subject.detail,
            **(self._chosen.detail if self._chosen else {}),
            "columns": list(self.planned.parts or subject.columns),
            "changed": list(self.planned.changed),
            "texts": list(self.planned.texts),
            "key": list(subject.key),
            "sequences": positions(connection, [subject.oid]),
            "original": original(connection, subject.oid),
            "xact": _xact(connection),
        }
        kind = CaptureKind.COPIED_COLUMNS if self.planned.parts else CaptureKind.COPIED_TABLE
        return registry.keep(
            connection, self._deployment, self._keeps, kind, self.planned.identity, self._copy_name(subject), detail
        )

    def attic_table(self, connection: psycopg.Connection) -> str:
        """The bare name of the copy."""
        return self._copy_name(self._subject(connection))

    def _subject(self, connection: psycopg.Connection) -> _Subject:
        row = connection.execute(_CATALOG["subject"], {"identity": self.planned.identity}).fetchone()
        if row is None:
            raise CopyLost(identity=self.planned.identity, reason="the table is not there")
        oid, schema, name, pages = row
        detail = described(connection, oid)
        key = tuple(detail["key"])
        if not key:
            raise NoKeyToCopyBy(identity=self.planned.identity)
        wanted = self.planned.parts
        # The users' columns come along so that an erasure finds the rows.
        columns = tuple(dict.fromkeys([*key, *detail["user_columns"], *wanted])) if wanted else tuple(detail["columns"])
        number, chosen = self.planned.number, self._chosen
        place = f"{oid}{f'_p{number}' if number else ''}{f'_{chosen.tag}' if chosen else ''}"
        return _Subject(oid, place, sql.Identifier(schema, name), name, pages, key, columns, detail)

    def _copy_name(self, subject: _Subject) -> str:
        return attic_name(self._deployment.number, subject.place, f"{self._keeps.value}_{subject.name}")

    def _copy(self, subject: _Subject) -> sql.Identifier:
        return sql.Identifier(SCHEMA, self._copy_name(subject))

    def _log(self, place: str) -> sql.Identifier:
        return sql.Identifier(SCHEMA, f"d{self._deployment.number}_log_{place}")

    def _triggers(self, place: str) -> tuple[str, str, str]:
        stem = f"haulback_copy_d{self._deployment.number}_{place}"
        return f"{stem}_rows", f"{stem}_update", f"{stem}_truncate"

    def _run(
        self, connection: psycopg.Connection, subject: _Subject, query: str, **more: sql.Composable
    ) -> psycopg.Cursor:
        return connection.execute(self._text(connection, subject, query, **more))

    def _text(
        self, connection: psycopg.Connection, subject: _Subject, query: str, **more: sql.Composable
    ) -> sql.Composed:
        log, key = self._log(subject.place), listed(subject.key)
        given: dict[str, sql.Composable] = {
            "table": subject.table,
            "copy": self._copy(subject),
            "log": log,
            "function": log,
            "key": key,
            "columns": self._values(subject),
            "chosen": self._chosen.condition if self._chosen else sql.SQL("true"),
            **more,
        }
        if query == "on_update":
            given["differs"] = live.unlike("old", "new", subject.columns)
        if query == "function":
            body = sql.SQL(_SQL["body"]).format(
                log=log, key=key, old=listed(subject.key, "old"), new=listed(subject.key, "new")
            )
            given["body"] = sql.Literal(body.as_string(connection))
        return sql.SQL(_SQL[query]).format(**given)

    def _values(self, subject: _Subject) -> sql.Composed:
        """What is selected of a row `t`."""
        texts = set(self.planned.texts) - set(subject.key)
        return sql.SQL(", ").join(
            (sql.SQL("{}::pg_catalog.text as {}") if one in texts else sql.SQL("{} as {}")).format(
                sql.Identifier("t", one), sql.Identifier(one)
            )
            for one in subject.columns
        )

    def _ranges(
        self, connection: psycopg.Connection, subject: _Subject, pace: Pace, progress: Callable[[Copied], None]
    ) -> None:
        types = _types(connection, subject)
        key_texts = sql.SQL(", ").join(sql.SQL("{}::pg_catalog.text").format(sql.Identifier(k)) for k in subject.key)
        # What users add behind the key that is the last one now is in the log. To copy it here would be to run after
        # them for as long as they write.
        descending = sql.SQL(", ").join(sql.SQL("{} desc").format(sql.Identifier("t", k)) for k in subject.key)
        with connection.transaction(), live.canonical(connection):
            connection.execute(_BY_KEY)
            last = self._run(connection, subject, "last", key_texts=key_texts, descending=descending).fetchone()
        if last is None:
            return
        row = connection.execute(_CATALOG["about"], {"oid": subject.oid}).fetchone()
        about = row[0] if row else 0
        beyond = partial(_beyond, "t", subject.key, types)
        after: tuple[str, ...] | None = None
        until: tuple[str, ...] | None = None
        total = 0
        while until != tuple(last):
            pace.begin()
            with connection.transaction(), live.canonical(connection):
                connection.execute(_BY_KEY)
                here = self._text(
                    connection,
                    subject,
                    "boundary",
                    key_texts=key_texts,
                    ascending=listed(subject.key, "t"),
                    after=beyond(after, ">"),
                    until=beyond(tuple(last), "<="),
                )
                found = connection.execute(bound(here, {"before": pace.rows - 1})).fetchone()
                until = tuple(found or last)
                copied = self._run(
                    connection, subject, "range", after=beyond(after, ">"), until=beyond(until, "<=")
                ).rowcount
            total, after = total + copied, until
            progress(Copied(total, about, pace.seconds, over=until == tuple(last)))
            pace.rest(copied)

    def _require_whole(self, connection: psycopg.Connection, subject: _Subject) -> None:
        wanted = self._triggers(subject.place)
        found = connection.execute(_CATALOG["armed"], {"oid": subject.oid, "names": list(wanted)}).fetchall()
        if {row[0] for row in found} != set(wanted):
            raise CopyLost(identity=self.planned.identity, reason="its triggers are not there or are disabled")
        row = self._run(connection, subject, "marks").fetchone()
        marks = row[0] if row else []
        if marks != ["armed"]:
            reason = "the server crashed meanwhile" if not marks else "the table was truncated meanwhile"
            raise CopyLost(identity=self.planned.identity, reason=reason)

    def _catch_up(self, connection: psycopg.Connection, subject: _Subject) -> int:
        """Takes over what the log tells so far; inside the caller's transaction. Returns how much that was.

        A row that changes once more meanwhile is in the log once more.
        """
        chosen = self._run(connection, subject, "choose_changed").rowcount
        if chosen:
            self._run(connection, subject, "forget_changed", matches=_matches("c", subject.key))
            self._run(connection, subject, "take_changed", matches=_matches("t", subject.key))
            self._run(connection, subject, "forget_chosen")
        return chosen

    def _take_off(self, connection: psycopg.Connection, subject: _Subject) -> None:
        for trigger in self._triggers(subject.place):
            connection.execute(sql.SQL("drop trigger {} on {}").format(sql.Identifier(trigger), subject.table))
        log = self._log(subject.place)
        connection.execute(sql.SQL("drop function {}()").format(log))
        connection.execute(sql.SQL("drop table {}").format(log))

    def _compare(self, connection: psycopg.Connection, subject: _Subject) -> None:
        row = self._run(connection, subject, "compare").fetchone()
        assert row is not None  # noqa: S101 - a select without from has one row
        there, copied, same = row
        if there != copied or not same:
            raise CopyLost(identity=self.planned.identity, reason=f"{copied} rows copied of {there}, or not the same")


def abandon(connection: psycopg.Connection, deployment: Deployment) -> None:
    """Removes every trace of copies that were begun and not finished; harmless where there is none."""
    with connection.transaction():
        _clear(connection, f"d{deployment.number}", _PLACES)


def _xact(connection: psycopg.Connection) -> str:
    """The open transaction: what is noted of an earlier one is in the copy."""
    row = connection.execute("select pg_catalog.pg_current_xact_id()::pg_catalog.text").fetchone()
    assert row is not None  # noqa: S101 - a select without from has one row
    return str(row[0])


def _clear(connection: psycopg.Connection, stem: str, place: str) -> None:
    parameters = {
        "triggers": f"^haulback_copy_{stem}_{place}_(rows|update|truncate)$",
        "logs": f"^{stem}_log_{place}$",
        "copies": f"^{stem}_{place}_(before|after)_",
    }
    for (statement,) in connection.execute(_CATALOG["remains"], parameters).fetchall():
        connection.execute(statement.encode())


def _types(connection: psycopg.Connection, subject: _Subject) -> dict[str, str]:
    rows = connection.execute(_CATALOG["key_types"], {"oid": subject.oid, "names": list(subject.key)}).fetchall()
    return {row[0]: row[1] for row in rows}


def _beyond(
    alias: str, key: tuple[str, ...], types: dict[str, str], bound_: tuple[str, ...] | None, operator: LiteralString
) -> sql.Composable:
    """`(key) operator (bound)`; true without a bound."""
    if bound_ is None:
        return sql.SQL("true")
    values = sql.SQL(", ").join(
        # The type's text is the server's own format_type.
        sql.SQL("{}::{}").format(sql.Literal(value), sql.SQL(types[name]))
        for name, value in zip(key, bound_, strict=True)
    )
    return sql.SQL("({}) {} ({})").format(listed(key, alias), sql.SQL(operator), values)


def _matches(alias: str, key: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(sql.Identifier(alias, one), sql.Identifier("l", one)) for one in key
    )
