"""Each fault of a packed backup is found and told as what it is, and one that is cut short never looks whole."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import disk_killer
import psycopg
import pytest
from recovery_ground import Ground, ground, one
from test_stores import bucket, credentials, s3_server  # noqa: F401 - fixtures

from haulback.app import backing_up, recovering, swapping_in
from haulback.backups import chain, manifest, packed, packing, server_facts
from haulback.backups.aiming import aim_of
from haulback.backups.cluster_errors import NoneFree, NoRoom, PagesDamaged, ServerFailed
from haulback.backups.engines._engine import Taking
from haulback.backups.errors import BackupDamaged, StoreFull
from haulback.backups.stores.s3 import S3Store
from haulback.cli.termination import as_interrupt
from haulback.clock import SystemClock
from haulback.deploy.progress import Silent
from haulback.model.backup import Backup, BackupKind, Verdict
from haulback.pg import binaries, postmaster, processes
from haulback.pg.cluster import SUPERUSER
from haulback.pg.os_user import server_user
from haulback.pg.session import connect
from small_disks import small_disk

KEY = "ab" * 32
LATEST = aim_of("latest", None, None, None)
FLIPS = 16  # of each kind
PATIENCE = 30.0  # seconds, for what a server does by itself


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    for it in ground(tmp_path_factory.mktemp("packed-faults"), binaries.embedded()):
        it.summarize()
        it.write(2)
        yield it


def stored_in(it: Ground, store: str, home: Path | None = None, key: str | None = KEY) -> Ground:
    backups = replace(it.settings.backups, store=store, key=key, cluster_in_clear=True)
    return replace(it, settings=replace(it.settings, backups=backups, home=home or it.settings.home))


@pytest.fixture(scope="module")
def taken(server: Ground, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """A whole one and what changed since, encrypted, and a whole one that is packed in the clear."""
    life = stored_in(server, str(tmp_path_factory.mktemp("taken")))
    life.back_up()
    life.write(1)
    life.back_up(BackupKind.INCREMENTAL)
    with connect(life.target) as connection:
        taking = Taking(life.target, connection, life.shelf, SystemClock())
        packing.take(taking, BackupKind.PHYSICAL, server_facts.facts(taking))
    return life


@pytest.fixture
def life(taken: Ground, tmp_path: Path) -> Ground:
    """The same with a copy of the store, for one test to harm, and a home of its own."""
    shutil.copytree(taken.store, tmp_path / "store" / "local")
    home = tmp_path / "home"
    home.mkdir()
    return stored_in(taken, str(tmp_path / "store"), home)


def backups(life: Ground) -> tuple[Backup, ...]:
    return tuple(one.backup for one in life.shelf.all() if one.backup)


def packed_files(life: Ground, backup: Backup) -> list[Path]:
    return [life.store / backup.id / one.name for one in backup.files]


def harmed(life: Ground, backup: Backup, into: Path) -> str:
    """What making the cluster of it says is wrong; empty where nothing is."""
    found = chain.of(life.shelf, backup, backing_up.key(life.settings))
    try:
        found.make(into, server_user())
    except BackupDamaged as damage:
        assert not into.exists()
        return damage.message
    shutil.rmtree(into)
    return ""


@pytest.mark.parametrize("which", [0, 2], ids=["encrypted", "clear"])
def test_every_flipped_byte_is_found(life: Ground, tmp_path: Path, which: int) -> None:
    backup = backups(life)[which]
    assert bool(backup.key) is (which == 0)
    dice = random.Random()
    missed = []
    for _ in range(FLIPS):
        path = dice.choice(packed_files(life, backup))
        place, bit = dice.randrange(path.stat().st_size), 1 << dice.randrange(8)
        _flip(path, place, bit)
        if not harmed(life, backup, tmp_path / "made"):
            missed.append((path.name, place, bit))
        _flip(path, place, bit)
    assert missed == []
    assert harmed(life, backup, tmp_path / "made") == ""


def _flip(path: Path, place: int, bit: int) -> None:
    with path.open("r+b") as stream:
        stream.seek(place)
        was = stream.read(1)[0]
        stream.seek(place)
        stream.write(bytes((was ^ bit,)))


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def _empty(path: Path) -> None:
    os.truncate(path, 0)


def _grown(path: Path) -> None:
    with path.open("ab") as stream:
        stream.write(b"x")


@pytest.mark.parametrize("fault", [Path.unlink, _cut, _empty, _grown])
@pytest.mark.parametrize("link", [0, 1], ids=["its own", "what it builds on"])
def test_a_file_that_is_not_what_was_written(life: Ground, fault: Callable[[Path], None], link: int) -> None:
    whole, after, _ = backups(life)
    harmed_one = (after, whole)[link]
    fault(packed_files(life, harmed_one)[0])
    proof = life.prove(after)
    assert (proof.verdict, packed_files(life, harmed_one)[0].name in proof.problems[0]) == (Verdict.BAD, True)
    with pytest.raises(BackupDamaged):
        recovering.recover(life.settings, life.target, recovering.Request(LATEST, after.id), Silent())
    assert not list((life.settings.home / "restores").rglob("data*"))


def test_an_object_that_was_cut(server: Ground, bucket: S3Store) -> None:
    life = stored_in(server, bucket.address)
    backup = life.back_up()
    name = f"{backup.id}/{backup.files[0].name}"
    held = life.shelf.store.read(name)
    with life.shelf.store.writing(name) as stream:
        stream.write(held[:-1])
    assert life.prove(backup).verdict is Verdict.BAD


class Deadly(Silent):
    """Kills its own process when a part of a step is told, from the n-th on."""

    def __init__(self, after: int = 0, unless: str = "\0") -> None:
        self.left, self.unless = after, unless

    def part(self, _step: str, what: str, done: int, _total: int) -> None:
        if done and not what.startswith(self.unless):
            self.left -= 1
            if self.left < 0:
                os.kill(os.getpid(), signal.SIGKILL)


def killed(act: Callable[[], object]) -> None:
    """Runs it in a child, which is to be killed on the way."""
    child = os.fork()
    if child == 0:  # pragma: no cover - it is killed
        try:
            act()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)


def no_slot_is_left(life: Ground) -> None:
    """The server drops it when it notices that nobody is there."""
    until = time.monotonic() + PATIENCE
    with life.connect() as connection:
        while one(connection, "select count(*) from pg_replication_slots"):
            assert time.monotonic() < until, "a slot of a backup that was killed is still there"
            time.sleep(0.05)


def take(life: Ground, progress: Silent) -> Backup:
    return backing_up.take(life.settings, life.target, backing_up.Request(BackupKind.PHYSICAL), progress)


@pytest.mark.parametrize("key", [KEY, None], ids=["packed", "plain"])
@pytest.mark.parametrize("when", [0, 1], ids=["before the checkpoint", "in the middle"])
def test_ended_it_leaves_nothing(server: Ground, tmp_path: Path, key: str | None, when: int) -> None:
    """By SIGTERM, as of a machine that shuts down; Ctrl-C raises the same."""
    life = stored_in(server, str(tmp_path / "store"), key=key)

    class Ending(Silent):
        def part(self, _step: str, _what: str, done: int, _total: int) -> None:
            if done >= when:
                os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(KeyboardInterrupt), as_interrupt():
        take(life, Ending())
    assert (life.shelf.all(), [one.name for one in life.store.glob("2*")]) == ((), [])
    no_slot_is_left(life)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.parametrize("arguments", [("backup", "run", "--kind", "physical"), ("schedule", "run")], ids=str)
def test_the_command_hears_sigterm(server: Ground, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    url = f"postgresql://{SUPERUSER}@/postgres?host={server.running.socket_dir}&port={server.running.port}"
    text = f'[targets.local]\nurl = "{url}"\narchive = "{server.archive}"\n'
    (tmp_path / "haulback.toml").write_text(text)
    with server.connect() as connection, connection.transaction():
        connection.execute("lock table pg_catalog.pg_tablespace, pg_catalog.pg_class in access exclusive mode")
        command = subprocess.Popen(
            [sys.executable, "-m", "haulback", *arguments, "--json"],
            cwd=tmp_path, env={**os.environ, "HAULBACK_HOME": str(tmp_path)}, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        until = time.monotonic() + PATIENCE
        while not one(connection, "select count(*) from pg_catalog.pg_locks where not granted"):
            assert time.monotonic() < until
            assert command.poll() is None, command.communicate()
            time.sleep(0.05)
        command.terminate()
        said, _ = command.communicate(timeout=PATIENCE)
    assert (command.returncode, '"error": "interrupted"' in said) == (130, True), said


@pytest.mark.parametrize("after", [0, 2])
def test_killed_while_it_is_taken_it_is_none_and_is_cleared_away(life: Ground, after: int) -> None:
    before = {one.id for one in backups(life)}
    killed(lambda: take(life, Deadly(after)))
    (left,) = [one for one in life.shelf.all() if one.id not in before]
    assert (left.backup, left.unfinished) == (None, True)
    assert life.back_up().id not in before
    assert left.id not in {path.name for path in life.store.iterdir()}
    no_slot_is_left(life)


def test_killed_before_anything_it_does_to_the_disk_it_never_looks_whole(server: Ground, tmp_path: Path) -> None:
    life = stored_in(server, str(tmp_path / "store"))
    number = 0

    def act(begin: Callable[[], None]) -> None:
        begin()
        take(life, Silent())

    while disk_killer.killed(act, number := number + 1):
        for backup in backups(life):
            assert chain.of(life.shelf, backup, backing_up.key(life.settings)).problems() == []
    assert number > 8
    assert {life.prove(one).verdict for one in backups(life)} == {Verdict.PROVED}
    # The last one killed had its manifest, or the one that was let through cleared it away.
    assert {one.id for one in life.shelf.all()} == {one.id for one in backups(life)}


def test_killed_while_it_is_sent_its_parts_are_pruned(server: Ground, bucket: S3Store) -> None:
    life = stored_in(server, bucket.address)
    with life.connect() as connection:
        # What cannot be compressed: two parts are sent before the third frame is told.
        connection.execute("create table noise as select sha512(g::text::bytea) from generate_series(1, 350000) as g")
        try:
            killed(lambda: take(life, Deadly(3)))
        finally:
            connection.execute("drop table noise")
    assert len(uploads(bucket)) == 1
    (left,) = life.shelf.all()
    assert (left.backup, left.unfinished) == (None, True)
    life.shelf.remove(left.id)
    assert (life.shelf.all(), list(life.shelf.store.files()), uploads(bucket)) == ((), [], [])
    no_slot_is_left(life)


def uploads(bucket: S3Store) -> list[object]:
    """Those that are neither finished nor given up."""
    return list(bucket._client.list_multipart_uploads(Bucket=bucket._bucket).get("Uploads", ()))


def test_a_server_that_is_killed_leaves_no_backup(tmp_path: Path) -> None:
    for it in ground(tmp_path, binaries.embedded()):
        life = stored_in(it, str(tmp_path / "store"))
        with life.connect() as connection:
            connection.execute("create table heavy as select repeat('x', 1000) as t from generate_series(1, 60000)")

        class Killing(Silent):
            def part(self, _step: str, _what: str, done: int, _total: int) -> None:
                if done:
                    os.kill(it.running.pid, signal.SIGQUIT)  # noqa: B023 - the loop runs once

        with pytest.raises(ServerFailed):
            take(life, Killing())
        assert life.shelf.all() == ()


def test_a_damaged_page_makes_no_backup(tmp_path: Path) -> None:
    for it in ground(tmp_path, binaries.embedded()):
        it.write(40)
        with it.connect() as connection:
            connection.execute("checkpoint")
            path = it.running.data_dir / one(connection, "select pg_relation_filepath('oracle')")
            _flip(path, 5000, 1)
        life = stored_in(it, str(tmp_path / "store"))
        with pytest.raises(PagesDamaged):
            life.back_up()
        assert life.shelf.all() == ()


def test_a_store_that_is_full_holds_no_backup(server: Ground, tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", "1m"):
        life = stored_in(server, str(tmp_path / "small"))
        with pytest.raises(StoreFull):
            life.back_up()
        assert life.shelf.all() == ()
        no_slot_is_left(life)


def test_too_little_room_is_told_before_anything_is_written(life: Ground, tmp_path: Path) -> None:
    backup = backups(life)[0]
    with small_disk(tmp_path / "small", "200m"):
        cramped = replace(life, settings=replace(life.settings, home=tmp_path / "small"))
        proof = cramped.prove(backup)
        assert (proof.verdict, "MB are needed" in proof.problems[0]) == (Verdict.UNKNOWN, True)
        with pytest.raises(NoRoom, match="MB are needed"):
            recovering.recover(cramped.settings, life.target, recovering.Request(LATEST), Silent())
        assert not [path for path in (tmp_path / "small").rglob("*") if path.is_file() and path.stat().st_size]


def test_a_disk_that_fills_while_it_is_unpacked_says_nothing_of_the_backup(life: Ground, tmp_path: Path) -> None:
    backup = backups(life)[0]
    small = tmp_path / "small"

    class Filling(Silent):
        def part(self, *_: object) -> None:
            with (small / "filler").open("ab") as stream:
                free = shutil.disk_usage(small).free
                if free:
                    os.posix_fallocate(stream.fileno(), stream.tell(), free)

    with small_disk(small, "600m"):
        settings = replace(life.settings, home=small)
        (proof,) = backing_up.verify(settings, life.target, (backup.id,), Filling())
        assert (proof.verdict, "not enough room" in proof.problems[0]) == (Verdict.UNKNOWN, True), proof.problems
        assert list((small / "proofs").iterdir()) == []
        (small / "filler").unlink()
        with pytest.raises(NoRoom):
            recovering.recover(settings, life.target, recovering.Request(LATEST), Filling())
        assert not list(small.rglob("base"))


def test_a_prover_that_is_killed_leaves_a_server_which_the_next_ends(life: Ground) -> None:
    backup = backups(life)[1]
    killed(lambda: backing_up.verify(life.settings, life.target, (backup.id,), Deadly(unless="bytes")))
    (left,) = (life.settings.home / "proofs").iterdir()
    orphan = postmaster.read(left / "data")
    assert orphan is not None
    assert life.prove(backup).verdict is Verdict.PROVED
    assert (list((life.settings.home / "proofs").iterdir()), processes.is_alive(orphan.pid)) == ([], False)


@pytest.mark.parametrize("unless", ["\0", "bytes of the backup"], ids=["unpacked", "replayed"])
def test_a_recovery_that_is_killed_is_begun_again(life: Ground, unless: str) -> None:
    last = life.write(1)
    life.switch()
    request = recovering.Request(aim_of(None, None, life.noted[last].xid, None))
    killed(lambda: recovering.recover(life.settings, life.target, request, Deadly(1, unless)))
    found = recovering.recover(life.settings, life.target, replace(request, keep_running=True), Silent())
    with psycopg.connect(found.conninfo) as connection:
        assert one(connection, "select max(n) from oracle") == last
    swapping_in.discard(life.settings, life.target, found.restore.id)
    assert not list((life.settings.home / "restores" / life.target.name).glob("*-pitr-*"))


def made_up(life: Ground, backup: Backup, **changes: Any) -> None:
    """Puts a manifest in the place of a backup's, as whoever may write to the store can: without its key."""
    forged = replace(backup, **changes)
    (life.store / forged.id / manifest.NAME).write_bytes(manifest.to_text(forged))


def test_what_an_encrypted_one_builds_on_is_not_exchanged(life: Ground) -> None:
    """By one in the clear, which takes no key to make."""
    whole, after, clear = backups(life)
    shutil.rmtree(life.store / whole.id)
    shutil.copytree(life.store / clear.id, life.store / whole.id)
    made_up(life, clear, id=whole.id)
    proof = life.prove(after)
    assert (proof.verdict, "was exchanged" in proof.problems[0]) == (Verdict.BAD, True), proof.problems


def test_backups_that_build_on_one_another(life: Ground) -> None:
    _, after, whole = backups(life)
    clear = replace(whole, id=whole.id.replace("-physical-", "-incremental-"))
    (life.store / whole.id).rename(life.store / clear.id)
    both = {"kind": BackupKind.INCREMENTAL, "detail": {**clear.detail, "engine": "incremental"}}
    made_up(life, clear, parent=after.id, **both)
    made_up(life, after, parent=clear.id, key="", salt="", **both)
    proof = life.prove(clear)
    assert (proof.verdict, "circle" in proof.problems[0]) == (Verdict.BAD, True), proof.problems


def test_a_manifest_that_was_exchanged_while_it_was_read(life: Ground) -> None:
    backup, *_ = backups(life)
    told = backup.detail["packed"]
    with pytest.raises(BackupDamaged, match="exchanged"):
        packed.opened(
            life.shelf, replace(backup, detail={**backup.detail, "packed": told[:0]}), backing_up.key(life.settings)
        )


def test_one_that_is_pruned_while_it_is_proved_is_not_bad(life: Ground) -> None:
    """Nor does a proof of it stay behind, which would be listed as a backup that was never finished."""
    backup, *_ = backups(life)

    class Pruning(Silent):
        def step_begun(self, *_: object) -> None:
            life.shelf.remove(backup.id)

    (proof,) = backing_up.verify(life.settings, life.target, (backup.id,), Pruning())
    assert (proof.verdict, "removed while" in proof.problems[0]) == (Verdict.UNKNOWN, True), proof.problems
    assert not (life.store / backup.id).exists()


@pytest.mark.parametrize("key", [KEY, None], ids=["packed", "plain"])
def test_a_server_without_a_free_slot_is_told(server: Ground, tmp_path: Path, key: str | None) -> None:
    life = stored_in(server, str(tmp_path / "store"), key=key)
    with life.connect() as connection:
        count = int(one(connection, "show max_replication_slots"))
        names = [f"taken_{number}" for number in range(count)]
        for name in names:
            connection.execute("select pg_create_physical_replication_slot(%s)", [name])
        try:
            with pytest.raises(NoneFree, match="slots are in use"):
                take(life, Silent())
        finally:
            for name in names:
                connection.execute("select pg_drop_replication_slot(%s)", [name])
    assert life.shelf.all() == ()
