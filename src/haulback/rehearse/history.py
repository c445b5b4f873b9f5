"""Replays a whole migrations folder on a shadow without any target: each file forward, back, forward again.

The shadow is empty but for what the files themselves insert, and nobody else is there. So what a file created is
dropped on the way back, where on a target the attic takes it; what it did to rows that were there is put back from
copies of the shadow's own; all else is what going back does: the rollback script, and over what is then still
different the inverse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import perf_counter

import psycopg

from haulback.capture.scripts import run_back
from haulback.capture.taking_back import run_steps
from haulback.deploy.extensions import preparing
from haulback.deploy.progress import Silent
from haulback.errors import Exit, HaulbackError
from haulback.migrations.folder import Folder
from haulback.model.history_replay import ReplayedFile, Reversal
from haulback.model.migration import Migration, Script, Unit
from haulback.model.schema import Schema, compare
from haulback.pg import execution
from haulback.pg.catalog.inverse import inverse
from haulback.pg.catalog.reader import read
from haulback.pg.catalog.renames import renames
from haulback.pg.cluster import OWNER, SUPERUSER, Cluster, Running
from haulback.rehearse.differences import NOT_DUMPED, beyond_dump, in_words, same, timeless
from haulback.rehearse.dump import Dumper, first_difference, only_order
from haulback.rehearse.replayed_rows import ReplayedRows
from haulback.rehearse.replayed_steps import apart, blocking, drops, run_at_once

_SETTINGS = "set lock_timeout = '10s'; set client_min_messages = error"
# What a session wrote counts from here on, rather than a second later.
_COUNTED = "select pg_catalog.pg_stat_force_next_flush()"
# A file without one of these words gives nothing another name, unless a function does that is older than the file.
_RENAMES = re.compile(r"\b(?:rename|set\s+schema)\b", re.IGNORECASE)
_AS_OPERATOR, _AS_OWNER = "reset session authorization", f"set session authorization {OWNER}"


class ShadowLost(HaulbackError):
    template = "the shadow of the history ended: {reason}"
    hint_template = "Run the same command again; its log is in the clusters' folder."
    exit_code = Exit.UNVERIFIED


class _NotReversed(Exception):
    """Going back did not lead to the schema before; the argument is the reason. Nothing was changed."""


@dataclass(frozen=True)
class _State:
    """The shadow between two files.

    Attributes:
        dump: None where our own reading judges.
        moved: whether its objects were made again since it was read, so that they lie at other addresses.
    """

    schema: Schema
    dump: str | None
    moved: bool = False


class History:
    """The shadow of one replay.

    Args:
        cluster: of its own, not started; destroyed and made again where nothing else leads back.
        folder: the migrations.
        dumper: judges exactness; without it the fingerprint does.
        platform: whether the cluster has Supabase's, which keeps a superuser's rights to itself.
    """

    def __init__(self, cluster: Cluster, folder: Folder, dumper: Dumper | None, *, platform: bool) -> None:
        self._cluster, self._folder, self._dumper, self._platform = cluster, folder, dumper, platform
        self._applied: list[str] = []
        self._passed_over: dict[str, str] = {}
        self._judging = 0.0
        self._running: Running
        self._deployer: psycopg.Connection
        self._returner: psycopg.Connection
        self._operator: psycopg.Connection
        self._rows: ReplayedRows

    def replay(self, only: frozenset[str], told: Callable[[ReplayedFile], None]) -> tuple[ReplayedFile, ...]:
        """Goes through the folder; a file that fails is taken out again and passed over.

        Args:
            only: versions to take back; the others before the last of them only run forward. Empty for all.
            told: called after each file.
        """
        self._start()
        try:
            state = self._look()
            files = []
            versions = list(self._folder.files)
            last = max((versions.index(one) for one in only), default=len(versions) - 1)
            for version in versions[: last + 1]:
                one, state = self._one(version, state, judged=not only or version in only)
                if not only or version in only:
                    files.append(one)
                    told(one)
            return tuple(files)
        finally:
            self._stop()

    def _one(self, version: str, before: _State, *, judged: bool) -> tuple[ReplayedFile, _State]:
        begun, judging = perf_counter(), self._judging
        label = "_".join(filter(None, (version, self._folder.files[version][0])))
        migration = None
        try:
            migration = self._load(version)
            if before.moved and any(_RENAMES.search(one.text) for one in migration.script.statements):
                before = _State(read(self._returner), before.dump)
            self._forward(migration)
        except HaulbackError as failure:
            if migration is not None and not migration.script.transactional:
                self._take_out(before)
            ended, reason, state = Reversal.FAILED, failure.message, replace(before, moved=True)
        else:
            self._applied.append(version)
            ended, reason, state = self._there_and_back(migration, before, judged=judged)
        self._rows.look(self._operator)
        if not reason and version in self._passed_over:
            reason = f"by the inverse alone, for its rollback script fails: {self._passed_over[version]}"
        took = perf_counter() - begun - (self._judging - judging)
        return ReplayedFile(version, label, ended, reason, took), state

    def _load(self, version: str) -> Migration:
        """Reads a file, and its rollback script where that can be read: else it takes nothing back."""
        try:
            return self._folder.load(version)
        except HaulbackError as failure:
            alone = replace(self._folder, rollbacks={}).load(version)
            self._passed_over[version] = failure.message
            return alone

    def _there_and_back(self, migration: Migration, before: _State, *, judged: bool) -> tuple[Reversal, str, _State]:
        after = self._look(before)
        if not judged or (after.dump == before.dump and not compare(before.schema, after.schema)):
            return Reversal.UNCHANGED, "", after
        try:
            ended, reason = self._back(migration, before, after)
        except _NotReversed as failure:
            return Reversal.IRREVERSIBLE, str(failure), after
        try:
            self._forward(migration)
        except HaulbackError as failure:
            self._again()
            return Reversal.IRREVERSIBLE, f"forward again: {failure.message}", self._look()
        again = self._look(after)
        difference = self._difference(after, again, ordered=ended is not Reversal.COLUMN_ORDER)
        if difference and ended is not Reversal.IRREVERSIBLE:
            ended, reason = Reversal.IRREVERSIBLE, f"forward again: {difference}"
        return ended, reason, again

    def _back(self, migration: Migration, before: _State, after: _State) -> tuple[Reversal, str]:
        proved = before.dump is None or beyond_dump(before.schema, after.schema)
        touched = self._rows.touched(self._operator, before.schema, after.schema)
        with self._returning() as connection:
            self._take_back(connection, migration, before.schema, after.schema, touched)
            difference = compare(before.schema, read(connection)) if proved else None
            if difference and not difference.only_column_order:
                raise _NotReversed(in_words(difference))
        if before.dump is None:
            return (Reversal.COLUMN_ORDER if difference else Reversal.EXACT), ""
        dump = self._dump()
        if dump == before.dump:
            return Reversal.EXACT, ""
        begun = perf_counter()
        difference = difference or compare(before.schema, read(self._returner))
        self._judging += perf_counter() - begun
        if difference.only_column_order and only_order(before.dump, dump or ""):
            return Reversal.COLUMN_ORDER, ""
        told = first_difference(before.dump, dump or "")
        return Reversal.IRREVERSIBLE, in_words(difference) if difference else f"pg_dump differs: {told}"

    def _take_back(
        self,
        connection: psycopg.Connection,
        migration: Migration | None,
        before: Schema,
        after: Schema,
        touched: frozenset[str] = frozenset(),
    ) -> None:
        """Goes back inside the open transaction; `touched` are the tables that get the rows of before."""
        now = after
        if migration is not None and migration.rollback is not None:
            now = self._run_script(connection, migration.version, migration.rollback) or now
        if old_names := renames(before, now):
            run_steps(connection, old_names)
            now = read(connection)
        if in_the_way := blocking(before, now):
            # On a target they are in the attic by now.
            connection.execute(f"drop table {', '.join(in_the_way)} cascade".encode())
            now = read(connection)
        back = inverse(before, now)
        if back.impossible:
            raise _NotReversed("; ".join(f"{key}: {reason}" for key, reason in back.impossible))
        steps, over_rows = apart(back.steps) if touched else (back.steps, ())
        self._as_operator(connection, touched, self._rows.take_out)
        run_at_once(connection, (*steps, *drops(back, now)))
        self._as_operator(connection, touched, self._rows.put_back)
        run_at_once(connection, (*over_rows, *back.finishing))

    def _run_script(self, connection: psycopg.Connection, version: str, script: Script) -> Schema | None:
        """What stands after a rollback script; None where it failed and left nothing: the inverse goes on alone."""
        try:
            with connection.transaction():
                run_back(connection, (script,), ())
                connection.execute("reset all; set role none; " + _SETTINGS)
                return read(connection)
        except execution.StatementFailed as failure:
            self._passed_over[version] = failure.message
            return None

    def _as_operator(
        self,
        connection: psycopg.Connection,
        touched: frozenset[str],
        change: Callable[[psycopg.Connection, frozenset[str]], None],
    ) -> None:
        if touched:
            connection.execute(_AS_OPERATOR)
            change(connection, touched)
            connection.execute(_AS_OWNER)

    @contextmanager
    def _returning(self) -> Iterator[psycopg.Connection]:
        """The session that goes back, in a transaction that is undone where it does not get there."""
        try:
            with self._returner.transaction():
                yield self._returner
        except HaulbackError as failure:
            raise _NotReversed(failure.message) from failure
        except psycopg.OperationalError as error:
            if self._returner.closed:
                raise ShadowLost(reason=str(error).strip()) from error
            raise _NotReversed(str(error).strip()) from error

    def _take_out(self, before: _State) -> None:
        """Takes out what a failed file left of itself: it ran in parts."""
        left = read(self._returner)
        if not compare(before.schema, left):
            return
        try:
            with self._returning() as connection:
                self._take_back(connection, None, before.schema, left)
        except _NotReversed:
            self._again()
        else:
            if compare(before.schema, read(self._returner)):
                self._again()

    def _again(self) -> None:
        """Makes the shadow anew and runs forward all that was applied: where nothing shorter leads there."""
        self._stop()
        self._start()
        for version in self._applied:
            self._forward(self._load(version))

    def _forward(self, migration: Migration) -> None:
        prepare = preparing(lambda: self._session(SUPERUSER), Silent())
        try:
            for unit in migration.script.units:
                self._unit(migration, unit, prepare)
        except psycopg.Error as error:
            raise execution.StatementFailed(
                file=migration.script.path.name, line=1, column=1, problem=str(error).strip(),
                sqlstate=error.sqlstate or "no SQLSTATE", advice="Mend the migration.",
            ) from error  # fmt: skip
        finally:
            self._refresh()

    def _unit(self, migration: Migration, unit: Unit, prepare: Callable[[str], str]) -> None:
        if unit.transactional:
            with self._deployer.transaction():
                self._statements(migration, unit, prepare)
        else:
            self._statements(migration, unit, prepare)

    def _statements(self, migration: Migration, unit: Unit, prepare: Callable[[str], str]) -> None:
        for statement in unit.statements:
            text = prepare(statement.text)
            if text.strip():
                prepared = statement if text == statement.text else replace(statement, text=text)
                execution.run(self._deployer, migration.script.path, (prepared,))

    def _refresh(self) -> None:
        """A session as new for the next file, whatever this one did to it."""
        if self._deployer.closed:
            self._deployer = self._session(OWNER, None)
        else:
            self._deployer.execute(_COUNTED)
            self._deployer.execute("discard all")
            self._deployer.execute(_SETTINGS)

    def _look(self, like: _State | None = None) -> _State:
        """What stands now; where pg_dump says that it is `like`, only what it does not write is read again."""
        dump = self._dump()
        # Not by the session that goes back: with each DROP the driver forgets what it had prepared for reading.
        alike = like if like is not None and dump is not None and dump == like.dump else None
        if alike is not None and not beyond_dump(alike.schema, read(self._operator, only=NOT_DUMPED)):
            return replace(alike, moved=True)
        return _State(read(self._operator), dump)

    def _dump(self) -> str | None:
        if self._dumper is None:
            return None
        begun = perf_counter()
        try:
            return self._dumper.text(self._running)
        finally:
            self._judging += perf_counter() - begun

    def _difference(self, wanted: _State, found: _State, *, ordered: bool) -> str:
        """What differs; of columns in another order all else follows: `select *` in a view, for one."""
        if found.schema is wanted.schema and found.dump == wanted.dump:
            return ""
        difference = compare(wanted.schema, found.schema)
        if (
            difference
            and not difference.only_column_order
            and not same(difference, wanted.schema, found.schema, ordered=ordered)
        ):
            return in_words(difference)
        if wanted.dump is not None and not only_order(timeless(wanted.dump), timeless(found.dump or "")):
            return f"pg_dump differs: {first_difference(wanted.dump, found.dump or '')}"
        return ""

    def _start(self) -> None:
        self._cluster.destroy()
        begun = perf_counter()
        self._running = self._cluster.start()
        self._judging += perf_counter() - begun
        self._deployer, self._returner = self._session(OWNER, None), self._session(SUPERUSER)
        self._returner.execute(_AS_OWNER)
        self._operator, self._rows = self._session(SUPERUSER), ReplayedRows()
        self._rows.look(self._operator)
        if not self._platform:
            # Whoever runs plain PostgreSQL deploys as whoever may do all; only a platform keeps that to itself.
            self._operator.execute(f"alter role {OWNER} superuser")

    def _stop(self) -> None:
        for connection in (self._deployer, self._returner, self._operator):
            connection.close()
        self._cluster.destroy()

    def _session(self, user: str, prepare_threshold: int | None = 5) -> psycopg.Connection:
        """Without a threshold nothing is prepared behind our back, which DISCARD ALL would then take away."""
        session = psycopg.connect(
            self._running.conninfo(user),
            autocommit=True,
            prepare_threshold=prepare_threshold,
            application_name="haulback history",
        )
        session.execute(_SETTINGS)
        return session
