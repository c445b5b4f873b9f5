"""A recovered cluster takes the place of the one that runs, and gives it back; a kill at any moment is made good."""

from __future__ import annotations

import itertools
import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace

import disk_killer
import pytest
from recovery_ground import Ground, ground, one

from haulback.app import recoveries, recovering, swapping_in
from haulback.backups import swapping, wal
from haulback.backups.aiming import aim_of
from haulback.backups.cluster_errors import NotThatPhase, SwapNotPossible
from haulback.deploy.progress import Silent
from haulback.model.cluster_restore import ClusterRestore, Phase
from haulback.pg import binaries

ROWS = 8


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    for it in ground(tmp_path_factory.mktemp("swap"), binaries.embedded(), platform=True):
        it.target = replace(it.target, embedded=True)
        it.write(2)
        it.back_up()
        it.write(ROWS - 2)
        yield it


def rows(history: Ground) -> list[int]:
    history.running = history.cluster.start()
    with history.connect() as connection:
        return [n for (n,) in connection.execute("select n from oracle order by n")]


def swap(history: Ground, row: int) -> ClusterRestore:
    request = recovering.Request(aim_of(None, None, history.noted[row].xid, None), swap=True)
    return recovering.recover(history.settings, history.target, request, Silent()).restore


def undo(history: Ground, restore: ClusterRestore) -> None:
    swapping_in.undo(history.settings, history.target, restore.id, Silent())
    swapping_in.discard(history.settings, history.target, restore.id)


def test_there_and_back(history: Ground) -> None:
    restore = swap(history, 5)
    assert restore.phase is Phase.SWAPPED
    assert rows(history) == [1, 2, 3, 4, 5]
    with history.connect() as connection:
        assert one(connection, "select system_identifier::text from pg_control_system()") == restore.system
        assert one(connection, "show archive_mode") == "on"
        connection.execute("insert into oracle values (100, 'on the new timeline')")
        xid = one(connection, "select xmin::text from oracle where n = 100")
    archive = wal.read(history.archive)
    assert restore.timeline in archive.histories
    assert not archive.strange, "only segments that were filled are archived"
    # What is written behind the swap can be recovered too, from the backup before it.
    assert history.recover(aim_of(None, None, xid, None)) == [1, 2, 3, 4, 5, 100]
    undo(history, restore)
    assert rows(history) == list(range(1, ROWS + 1))
    assert history.recover(aim_of("latest", None, None, None)) == list(range(1, ROWS + 1))


def test_two_recoveries_do_not_share_a_timeline(history: Ground) -> None:
    """Both were recovered before either was swapped, and both counted to the same number."""
    first, second = (recovering.Request(aim_of(None, None, history.noted[row].xid, None)) for row in (4, 6))
    for request in (first, second):
        recovering.recover(history.settings, history.target, request, Silent())
    swapped = recovering.recover(history.settings, history.target, replace(first, swap=True), Silent()).restore
    undo(history, swapped)
    again = recovering.recover(history.settings, history.target, replace(second, swap=True), Silent()).restore
    assert again.timeline != swapped.timeline
    assert rows(history) == [1, 2, 3, 4, 5, 6]
    undo(history, again)
    assert rows(history) == list(range(1, ROWS + 1))


def _at(event: str, step: str) -> Callable[[], Silent]:
    def listener() -> Silent:
        class Deadly(Silent):
            def step_begun(self, name: str, _title: str) -> None:
                if (event, step) == ("begun", name):
                    os.kill(os.getpid(), signal.SIGKILL)

            def step_done(self, name: str, _seconds: float, _summary: str) -> None:
                if (event, step) == ("done", name):
                    os.kill(os.getpid(), signal.SIGKILL)

        return Deadly()

    return listener


def _around(function: str, *, after: bool) -> Callable[[], Silent]:
    """Kills before or after a function of the swap, in the child that calls this."""

    def listener() -> Silent:
        real = getattr(swapping, function) if function != "exchange" else swapping.exchange.exchange

        def deadly(*arguments: object) -> None:
            if after:
                real(*arguments)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(swapping.exchange if function == "exchange" else swapping, function, deadly)
        return Silent()

    return listener


@pytest.mark.parametrize(
    "deadly",
    [
        _at("begun", "copy"),
        _at("begun", "recover"),
        _at("begun", "read"),
        _at("begun", "swap"),
        _around("reserve", after=True),
        _around("_stop", after=True),
        _around("exchange", after=False),
        _around("exchange", after=True),
        _at("done", "swap"),
    ],
    ids=["copy", "recover", "read", "swap", "reserved", "stopped", "before-exchange", "exchanged", "swapped"],
)
def test_killed(history: Ground, deadly: Callable[[], Silent]) -> None:
    request = recovering.Request(aim_of(None, None, history.noted[6].xid, None), swap=True)
    child = os.fork()
    if child == 0:  # pragma: no cover - it is killed
        recovering.recover(history.settings, history.target, request, deadly())
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert (history.cluster.folder.data / "PG_VERSION").exists()
    restore = recovering.recover(history.settings, history.target, request, Silent()).restore
    assert restore.phase is Phase.SWAPPED
    assert rows(history) == [1, 2, 3, 4, 5, 6]
    for one_ in recoveries.restores_of(history.settings, history.target).all():
        if one_.phase is Phase.SWAPPED:
            swapping_in.undo(history.settings, history.target, one_.id, Silent())
    assert rows(history) == list(range(1, ROWS + 1))
    for one_ in recoveries.restores_of(history.settings, history.target).all():
        swapping_in.discard(history.settings, history.target, one_.id)


@pytest.mark.timeout(1800)
def test_killed_before_anything_that_a_swap_does(history: Ground) -> None:
    """To files, processes and programs; some of them in each run, all with HAULBACK_EVERY_WORD."""
    request = recovering.Request(aim_of(None, None, history.noted[6].xid, None), swap=True)
    killed = 0
    for number in _numbers(history):
        recovering.recover(history.settings, history.target, replace(request, swap=False), Silent())

        def act(begin: Callable[[], None]) -> None:
            recovering.recover(history.settings, history.target, request, _Beginning("swap", begin))

        struck = disk_killer.killed(act, number)
        killed += struck
        restore = recovering.recover(history.settings, history.target, request, Silent()).restore
        assert restore.phase is Phase.SWAPPED
        assert rows(history) == [1, 2, 3, 4, 5, 6], number
        undo(history, restore)
        assert rows(history) == list(range(1, ROWS + 1)), number
        if not struck:
            break
    assert killed


@pytest.mark.timeout(1800)
def test_killed_before_anything_that_going_back_does(history: Ground) -> None:
    request = recovering.Request(aim_of(None, None, history.noted[6].xid, None), swap=True)
    killed = 0
    for number in _numbers(history):
        restore = recovering.recover(history.settings, history.target, request, Silent()).restore

        def act(begin: Callable[[], None], id_: str = restore.id) -> None:
            begin()
            swapping_in.undo(history.settings, history.target, id_, Silent())

        struck = disk_killer.killed(act, number)
        killed += struck
        with suppress(NotThatPhase):  # it had just ended
            swapping_in.undo(history.settings, history.target, restore.id, Silent())
        assert recoveries.restores_of(history.settings, history.target).one(restore.id).phase is Phase.UNDONE
        assert rows(history) == list(range(1, ROWS + 1)), number
        swapping_in.discard(history.settings, history.target, restore.id)
        if not struck:
            break
    assert killed


def _numbers(history: Ground) -> Iterator[int]:
    step = 1 if os.environ.get("HAULBACK_EVERY_WORD") else 9
    assert history.cluster.start()
    return itertools.count(random.SystemRandom().randrange(step) + 1, step)


class _Beginning(Silent):
    """Calls something when a step begins."""

    def __init__(self, step: str, begin: Callable[[], None]) -> None:
        self._step, self._begin = step, begin

    def step_begun(self, step: str, _title: str) -> None:
        if step == self._step:
            self._begin()


def test_what_haulback_does_not_run_is_not_swapped(history: Ground) -> None:
    other = replace(history.target, embedded=False)
    request = recovering.Request(aim_of(None, None, history.noted[6].xid, None), swap=True)
    with pytest.raises(SwapNotPossible):
        recovering.recover(history.settings, other, request, Silent())


def test_only_what_was_swapped_is_undone(history: Ground) -> None:
    request = recovering.Request(aim_of(None, None, history.noted[6].xid, None))
    found = recovering.recover(history.settings, history.target, request, Silent()).restore
    with pytest.raises(NotThatPhase):
        swapping_in.undo(history.settings, history.target, found.id, Silent())
    swapping_in.discard(history.settings, history.target, found.id)
