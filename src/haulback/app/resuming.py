"""Use case: end what a crash left, and nothing else."""

from __future__ import annotations

from contextlib import ExitStack
from time import perf_counter

from haulback.app.sessions import begin
from haulback.app.taking_up import take_up
from haulback.clock import Clock, SystemClock
from haulback.deploy.progress import Progress, Silent
from haulback.model.outcome import Outcome
from haulback.model.settings import Settings
from haulback.model.target import Target


def resume(settings: Settings, target: Target, progress: Progress | None = None, clock: Clock | None = None) -> Outcome:
    """Takes up an interrupted deployment; its outcome has none where nothing was interrupted."""
    begun = perf_counter()
    with ExitStack() as stack:
        command = begin(settings, target, progress or Silent(), clock or SystemClock(), stack)
        ended = take_up(command)
        return Outcome(ended, seconds=perf_counter() - begun, resumed=ended is not None)
