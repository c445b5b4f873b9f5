"""Use case: take, prove and prune backups and play drills when it is time; two of these never run at once."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from haulback.app import backing_up, drilling, pruning
from haulback.app.target import opened
from haulback.backups.cluster_errors import NoIncremental
from haulback.backups.errors import KeyUnusable
from haulback.backups.manifest import UNREADABLE
from haulback.backups.schedule import Cadence, Due, Remembered, due
from haulback.clock import Clock, SystemClock
from haulback.config.choosing import named
from haulback.deploy.progress import Progress
from haulback.errors import Exit, HaulbackError
from haulback.model.backup import BackupKind, Verdict
from haulback.model.scheduled import Done
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg.server_words import failure_words

_EVERY = 60.0  # seconds between two looks of `haulback up`
_STDERR = 2  # what it says is no part of the result of `haulback up`
_PATIENCE = 10.0  # seconds for a run to end


class ScheduleRuns(HaulbackError):
    template = "what is scheduled for {target} runs already"
    hint_template = "Nothing is lost: it does what is due, and the next run what is due then."
    exit_code = Exit.HELD


def run(settings: Settings, name: str | None, progress: Progress, clock: Clock | None = None) -> Done:
    """Does what is due now for a target, and nothing where nothing is.

    What fails keeps nothing else that is due from being done; the first failure is raised at the end.

    Raises:
        ScheduleRuns: another process does.
        HaulbackError: as taking, proving and pruning; it is tried again in a while.
    """
    clock = clock or SystemClock()
    target = named(settings, name)
    with _alone(settings, target):
        if not is_due(settings, target, clock).anything:
            return Done()
        underway = _Run(settings, name, target, progress, clock, _Memory(_file(settings, target, "json")))
        for part in (underway.tables, underway.cluster, underway.prove, underway.prune, underway.drill):
            underway.go_on(part)
        if underway.failures and all(one.verdict is not Verdict.BAD for one in underway.done.proofs):
            raise underway.failures[0][1]
        for part_name, failure in underway.failures:
            progress.step_failed(part_name, failure_words(failure))  # that a backup is bad matters more
        return underway.done


@dataclass
class _Run:
    """One run: each part looks by itself whether it is due, since the one before may have changed that.

    Each notes its try durably before it begins: one that fails, or is killed, is no reason to try at every look.
    """

    settings: Settings
    name: str | None
    target: Target
    progress: Progress
    clock: Clock
    memory: _Memory
    done: Done = field(default_factory=Done)
    failures: list[tuple[str, HaulbackError | OSError]] = field(default_factory=list)

    def go_on(self, part: Callable[[Due], None]) -> None:
        try:
            part(is_due(self.settings, self.target, self.clock))
        except (HaulbackError, OSError) as failure:
            self.failures.append((part.__name__, failure))

    def tables(self, due: Due) -> None:
        if due.backup:
            self.memory.note(tried=self.clock.now())
            id_ = self._taken(backing_up.Request())
            self.memory.note(taken=self.clock.now())
            self.done = replace(self.done, taken=id_)

    def cluster(self, due: Due) -> None:
        if due.cluster is None:
            return
        self.memory.note(cluster_tried=self.clock.now())
        try:
            id_ = self._taken(backing_up.Request(due.cluster, in_clear=self.settings.backups.cluster_in_clear))
        except NoIncremental as refusal:  # no second try changes that, but another setting or another server
            self.memory.note(refused=self.clock.now())
            self._note(f"no {due.cluster} backup: {refusal.message}")
            return
        now = self.clock.now()
        self.memory.note(cluster_taken=now, **({"full_taken": now} if due.cluster is BackupKind.PHYSICAL else {}))
        self.done = replace(self.done, cluster=id_)

    def prove(self, due: Due) -> None:
        if due.prove:
            self.memory.note(proof_tried=self.clock.now())
            proofs = backing_up.verify(self.settings, self.target, due.prove, self.progress, clock=self.clock)
            self.done = replace(self.done, proofs=proofs)

    def prune(self, due: Due) -> None:
        if due.prune:
            self.memory.note(pruned=self.clock.now())
            found = pruning.decided(self.settings, self.target, self.clock)
            pruning.prune(self.settings, self.target, found, lambda what: self.progress.note(f"removed {what}"))
            self.done = replace(self.done, pruned=tuple(one.backup for one in found.backups.going))

    def drill(self, due: Due) -> None:
        if due.drill:
            self.memory.note(drilled=self.clock.now())
            try:
                found = drilling.drill(self.settings, self.target, None, self.progress, self.clock)
            except drilling.NothingToDrill as refusal:
                self._note(f"no drill: {refusal.message}")
            else:
                self.done = replace(self.done, drill=found)

    def _taken(self, request: backing_up.Request) -> str:
        target = opened(self.settings, self.name)
        return backing_up.take(self.settings, target, request, self.progress, self.clock).id

    def _note(self, text: str) -> None:
        self.progress.note(text)
        self.done = replace(self.done, notes=(*self.done.notes, text))


def is_due(settings: Settings, target: Target, clock: Clock) -> Due:
    """What is due; changes nothing.

    Raises:
        KeyUnusable: the configured key is none.
    """
    return due(
        backing_up.listed(settings, target),
        _Memory(_file(settings, target, "json")).read(),
        clock.now(),
        cadence(settings, target),
        key.name if (key := backing_up.key(settings)) else "",
    )


def cadence(settings: Settings, target: Target) -> Cadence:
    """How often, for a target. The cluster is backed up where its log is archived: by itself it is one moment only."""
    archived = target.embedded or target.archive is not None
    backups = settings.backups
    return Cadence(
        settings.objectives.backup_every,
        backups.full_every if archived else 0.0,
        backups.incremental_every if archived else 0.0,
        backups.prove_every,
        settings.objectives.drill_every,
    )


def targets(settings: Settings) -> tuple[str, ...]:
    """Names of the targets that are backed up by themselves.

    Raises:
        UnknownTarget: one is not there.
    """
    return tuple(named(settings, one).name for one in settings.backups.targets or (settings.default_target,))


class Keeper:
    """Runs what is due beside `haulback up`, whose own schedules go on meanwhile: a process at a time, one a target."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._next = clock.monotonic()  # not the wall clock: that one may jump
        self._process: subprocess.Popen[bytes] | None = None
        self._last = ""

    def look(self) -> None:
        """Starts a run where one is due and none is underway."""
        if self._clock.monotonic() < self._next or (self._process and self._process.poll() is None):
            return
        self._next = self._clock.monotonic() + _EVERY
        # Whose turn it was last comes last, so that one that always fails keeps no other from its own.
        names = sorted(targets(self._settings), key=lambda one: one == self._last)
        wanted = next((one for one in names if self._is_due(one)), None)
        if wanted is not None:
            self._last = wanted
            self._process = subprocess.Popen(
                [sys.executable, "-m", "haulback", "schedule", "run", "--target", wanted],
                cwd=self._settings.root, stdin=subprocess.DEVNULL, stdout=_STDERR, start_new_session=True,
            )  # fmt: skip

    def _is_due(self, name: str) -> bool:
        try:
            return is_due(self._settings, named(self._settings, name), self._clock).anything
        except KeyUnusable:  # the run tells it
            return True

    def end(self) -> None:
        """Ends a run that is underway; what it did not finish is no backup."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_PATIENCE)
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()


@dataclass(frozen=True)
class _Memory:
    file: Path

    def read(self) -> Remembered:
        """What is remembered; nothing where the file is not there or was damaged."""
        try:
            found = json.loads(self.file.read_text(encoding="ascii"))
            return Remembered(**{name: datetime.fromisoformat(one) for name, one in found.items() if one})
        except (FileNotFoundError, *UNREADABLE):
            return Remembered()

    def note(self, **times: datetime) -> None:
        """Remembers durably, before what it is about begins."""
        now = replace(self.read(), **times)
        text = json.dumps({name: one.isoformat() if one else None for name, one in asdict(now).items()})
        beside = self.file.with_suffix(".new")
        with beside.open("w", encoding="ascii") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(self.file)


@contextmanager
def _alone(settings: Settings, target: Target) -> Iterator[None]:
    """Holds a lock that goes with the process, however that ends."""
    file = _file(settings, target, "lock")
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ScheduleRuns(target=target.name) from None
        yield


def _file(settings: Settings, target: Target, suffix: str) -> Path:
    return settings.home / "schedule" / f"{quote(target.name, safe='')}.{suffix}"
