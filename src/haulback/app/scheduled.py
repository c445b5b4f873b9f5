"""Use case: take, prove and prune backups when it is time; two of these never run at once."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from haulback.app import backing_up, pruning
from haulback.app.target import opened
from haulback.backups.manifest import UNREADABLE
from haulback.backups.schedule import Due, Remembered, due
from haulback.clock import Clock, SystemClock
from haulback.config.choosing import named
from haulback.deploy.progress import Progress
from haulback.errors import Exit, HaulbackError
from haulback.model.backup import Proof
from haulback.model.settings import Settings
from haulback.model.target import Target

_EVERY = 60.0  # seconds between two looks of `haulback up`
_STDERR = 2  # what it says is no part of the result of `haulback up`
_PATIENCE = 10.0  # seconds for a run to end


class ScheduleRuns(HaulbackError):
    template = "what is scheduled for {target} runs already"
    hint_template = "Nothing is lost: it does what is due, and the next run what is due then."
    exit_code = Exit.HELD


@dataclass(frozen=True, slots=True)
class Done:
    """What one run did.

    Attributes:
        taken: id of the backup; empty where none was due.
        proofs: what restoring showed.
        pruned: ids that went; None where that was not due.
    """

    taken: str = ""
    proofs: tuple[Proof, ...] = ()
    pruned: tuple[str, ...] | None = None


def run(settings: Settings, name: str | None, progress: Progress, clock: Clock | None = None) -> Done:
    """Does what is due now for a target, and nothing where nothing is.

    Raises:
        ScheduleRuns: another process does.
        HaulbackError: as taking, proving and pruning; it is tried again in a while.
    """
    clock = clock or SystemClock()
    target = named(settings, name)
    with _alone(settings, target):
        memory = _Memory(_file(settings, target, "json"))
        if not is_due(settings, target, clock).anything:
            return Done()
        taken = ""
        proofs: tuple[Proof, ...] = ()
        pruned: tuple[str, ...] | None = None
        if is_due(settings, target, clock).backup:
            memory.note(tried=clock.now())
            taken = backing_up.take(settings, opened(settings, name), backing_up.Request(), progress, clock).id
            memory.note(taken=clock.now())
        if prove := is_due(settings, target, clock).prove:
            memory.note(proof_tried=clock.now())
            proofs = backing_up.verify(settings, target, [prove], progress, clock=clock)
        if is_due(settings, target, clock).prune:
            # Before: one that fails is no reason to try at every look.
            memory.note(pruned=clock.now())
            found = pruning.decided(settings, target, clock)
            pruning.prune(settings, target, found, lambda id_: progress.note(f"removed {id_}"))
            pruned = tuple(one.backup for one in found.backups.going)
        return Done(taken, proofs, pruned)


def is_due(settings: Settings, target: Target, clock: Clock) -> Due:
    """What is due; changes nothing."""
    return due(
        backing_up.listed(settings, target),
        _Memory(_file(settings, target, "json")).read(),
        clock.now(),
        every=settings.objectives.backup_every,
        prove_every=settings.backups.prove_every,
    )


class Keeper:
    """Runs what is due in a process beside `haulback up`, whose own schedules go on meanwhile."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._next = clock.monotonic()  # not the wall clock: that one may jump
        self._process: subprocess.Popen[bytes] | None = None

    def look(self) -> None:
        """Starts a run where one is due and none is underway."""
        if self._clock.monotonic() < self._next or (self._process and self._process.poll() is None):
            return
        self._next = self._clock.monotonic() + _EVERY
        if is_due(self._settings, named(self._settings, None), self._clock).anything:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "haulback", "schedule", "run"],
                cwd=self._settings.root, stdin=subprocess.DEVNULL, stdout=_STDERR, start_new_session=True,
            )  # fmt: skip

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
