"""A verdict outlives the trouble of writing it down, and of what went wrong meanwhile something is left to show."""

from __future__ import annotations

import fcntl
import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from faults import PLAIN, TARGET, Keeper, execute, keeper, proving_home  # noqa: F401 - fixtures
from moto.server import ThreadedMotoServer
from psycopg.conninfo import conninfo_to_dict

from haulback.app import backing_up, drilling, scheduled
from haulback.backups import evidence
from haulback.backups import store as stores
from haulback.backups.aside import AsideBusy
from haulback.backups.stores.s3 import S3Store
from haulback.backups.table import TableEngine
from haulback.clock import SystemClock
from haulback.deploy.progress import Silent
from haulback.errors import Exit
from haulback.model.backup import Backup, Verdict
from haulback.model.drill import Drill, DrillVerdict
from haulback.report import backups, drills, schedule

if TYPE_CHECKING:
    from conftest import Database  # which conftest is loaded depends on what runs besides


@contextmanager
def no_room() -> Iterator[None]:
    """No file may grow: for this process every disk is full, whoever it runs as."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


class When(Silent):
    """Does something once a step of that kind begins, or a part of it is done."""

    def __init__(self, step: str, act: Callable[[], None]) -> None:
        self._step, self._act, self._done = step, act, False

    def _at(self, words: str) -> None:
        if not self._done and self._step in words:
            self._done = True
            self._act()

    def step_begun(self, _step: str, title: str) -> None:
        self._at(title)

    def part(self, step: str, _text: str, _done: int, _total: int) -> None:
        self._at(f"part of {step}")


def damage(keeper: Keeper, backup: Backup) -> None:
    file = keeper.place(backup) / "0001.copy.zst"
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 1  # in the rows: what stands before and behind them is the format's
    file.write_bytes(whole)


def drill(keeper: Keeper, progress: Silent | None = None) -> Drill:
    return drilling.drill(keeper.settings, TARGET, "table-lost", progress or Silent())


def kept(keeper: Keeper) -> tuple[Drill, ...]:
    return evidence.earlier(keeper.shelf.store, "table-lost")


@pytest.fixture
def warm(database: Database, keeper: Keeper) -> Backup:
    """A proved backup; the private cluster runs, so that it needs no room of ours."""
    execute(database, PLAIN)
    backup = keeper.take(database, "public.t")
    assert keeper.verify(backup).verdict is Verdict.PROVED
    return backup


def test_a_bad_backup_is_bad_on_a_full_disk(warm: Backup, keeper: Keeper) -> None:
    damage(keeper, warm)
    with no_room():
        proof = keeper.verify(warm)
    assert (proof.verdict, backups.exit_of([proof])) == (Verdict.BAD, Exit.REFUSED)
    assert "has no room left" in proof.unfiled
    assert len(keeper.shelf.one(warm.id).proofs) == 1


def test_a_proof_that_is_not_kept_counts_for_nothing(warm: Backup, keeper: Keeper) -> None:
    with no_room():
        proof = keeper.verify(warm)
    assert (proof.verdict, backups.exit_of([proof])) == (Verdict.PROVED, Exit.UNVERIFIED)
    assert "not kept, and so counts for nothing: the store" in backups.told_verified([proof])


def test_a_store_that_goes_down_meanwhile(
    database: Database, keeper: Keeper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": str(tmp_path / "none"), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": f"http://{host}:{port}",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    store = stores.opened("s3://unfiled/somewhere")
    assert isinstance(store, S3Store)
    store._client.create_bucket(Bucket="unfiled")
    settings = keeper.settings
    settings = replace(settings, backups=replace(settings.backups, store="s3://unfiled/somewhere"))
    execute(database, PLAIN)
    shelf = backing_up.shelf(settings, TARGET)
    with database.connect(autocommit=True) as connection:
        backup = TableEngine(shelf.store, None, SystemClock()).take(connection, TARGET.name, ["public.t"])
    (proof,) = backing_up.verify(settings, TARGET, [backup.id], When("part of prove", server.stop))
    assert (proof.verdict, backups.exit_of([proof])) == (Verdict.PROVED, Exit.UNVERIFIED)
    assert "cannot be used" in proof.unfiled


def test_one_that_cannot_be_read_does_not_hide_that_another_is_bad(
    warm: Backup, database: Database, keeper: Keeper
) -> None:
    damage(keeper, warm)
    later = keeper.take(database, "public.t")
    (keeper.place(later) / "0001.copy.zst").unlink()
    (keeper.place(later) / "0001.copy.zst").mkdir()  # root may read everything but this
    proofs = backing_up.verify(keeper.settings, TARGET, (), Silent(), all_backups=True)
    assert [one.verdict for one in proofs] == [Verdict.BAD, Verdict.UNKNOWN]
    assert backups.exit_of(proofs) is Exit.REFUSED


def test_while_somebody_else_restores_nothing_is_said(warm: Backup, database: Database, keeper: Keeper) -> None:
    with (keeper.home / "proof-18.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(AsideBusy) as told:
            keeper.verify(warm)
        assert (told.value.exit_code, bool(told.value.hint)) == (Exit.HELD, True)
        assert [one.verdict for one in keeper.shelf.one(warm.id).proofs] == [Verdict.PROVED]
        # But one that was found bad before stays bad.
        damage(keeper, warm)
        later = keeper.take(database, "public.t")
        proofs = backing_up.verify(keeper.settings, TARGET, (), Silent(), all_backups=True)
    assert [one.verdict for one in proofs] == [Verdict.BAD, Verdict.UNKNOWN]
    assert backups.exit_of(proofs) is Exit.REFUSED
    assert keeper.shelf.one(later.id).proofs == ()


def test_pruning_that_fails_does_not_hide_that_the_new_backup_is_bad(database: Database, keeper: Keeper) -> None:
    execute(database, PLAIN)
    target = replace(TARGET, parameters={k: str(v) for k, v in conninfo_to_dict(database.conninfo()).items()})
    given = replace(keeper.settings, targets={target.name: target})
    given = replace(given, backups=replace(given.backups, tables=("public.t",)))
    with ExitStack() as stack:

        def spoil() -> None:
            (kept,) = keeper.shelf.all()
            assert kept.backup
            damage(keeper, kept.backup)
            stack.enter_context(no_room())

        done = scheduled.run(given, None, When("-table-", spoil))
    assert ([one.verdict for one in done.proofs], done.pruned) == ([Verdict.BAD], None)
    assert schedule.document(done)["exit"] == 3


def test_a_drill_that_passed_without_evidence_is_none(warm: Backup, keeper: Keeper) -> None:
    with no_room():
        found = drill(keeper)
    assert (found.verdict, drills.exit_of(found)) == (DrillVerdict.PASS, Exit.UNVERIFIED)
    assert "no evidence was kept: the store" in drills.told(found)
    assert kept(keeper) == ()


def test_a_drill_that_failed_has_failed_without_evidence_too(warm: Backup, keeper: Keeper) -> None:
    damage(keeper, warm)
    with no_room():
        found = drill(keeper)
    assert (found.verdict, drills.exit_of(found)) == (DrillVerdict.FAIL, Exit.REFUSED)


def _kill_the_server(keeper: Keeper) -> Callable[[], None]:
    data = keeper.home / "clusters" / "proof-18" / "data"
    return lambda: os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)


def _hide_the_rows(keeper: Keeper, backup: Backup) -> Callable[[], None]:
    def hide() -> None:
        (keeper.place(backup) / "0001.copy.zst").rename(keeper.folder / "aside")
        (keeper.place(backup) / "0001.copy.zst").mkdir()

    return hide


@pytest.mark.parametrize("what", ["the server is killed", "the store fails"])
def test_a_drill_that_breaks_off_leaves_evidence(warm: Backup, keeper: Keeper, what: str) -> None:
    act = _kill_the_server(keeper) if what == "the server is killed" else _hide_the_rows(keeper, warm)
    found = drill(keeper, When("bring ", act))
    assert (found.verdict, drills.exit_of(found)) == (DrillVerdict.UNKNOWN, Exit.UNVERIFIED)
    assert found.problems
    (left,) = kept(keeper)
    assert (left.verdict, left.problems, left.measured.rto) == (DrillVerdict.UNKNOWN, found.problems, None)


def test_evidence_that_cannot_be_read_hinders_no_drill(warm: Backup, keeper: Keeper) -> None:
    drill(keeper)
    document = next((keeper.folder / "kept" / TARGET.name / "drills").glob("*.json"))
    document.with_name("0-table-lost-unreadable.json").symlink_to("/proc/self/mem")
    document.with_name("0-table-lost-damaged.json").write_text("{")
    assert drill(keeper).verdict is DrillVerdict.PASS
    assert len(kept(keeper)) == 2
