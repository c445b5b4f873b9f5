"""The log streamed into the archive: what was committed a moment before the server was gone comes back."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from receiver import Receiver, again, has_come, lose, newest, until
from recovery_ground import Ground, ground, one

from haulback.app import receiving as use
from haulback.app import recovering
from haulback.app.receiving import Request
from haulback.backups import partial, receiving, wal
from haulback.backups.aiming import aim_of
from haulback.backups.cluster_errors import LogBroken, LogDamaged
from haulback.backups.receive_errors import (
    ArchiveOfAnother,
    MayNotReceive,
    ReceiverRuns,
    SlotTaken,
    SlotUnbounded,
)
from haulback.clock import SystemClock
from haulback.deploy.progress import Silent
from haulback.model.aim import Aim, AimKind
from haulback.model.backup import BackupKind
from haulback.pg import binaries
from small_disks import small_disk

LATEST = Aim(AimKind.LATEST)


@pytest.fixture(params=[18, 15])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    found = binaries.for_major(request.param)
    assert found
    yield from ground(tmp_path, found)


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Ground]:
    yield from ground(tmp_path, binaries.embedded())


@pytest.mark.parametrize("synchronous", [False, True])
def test_what_was_committed_just_before_the_server_was_gone_comes_back(home: Ground, *, synchronous: bool) -> None:
    home.write(3)
    home.back_up()
    with Receiver(home, Request(synchronous=synchronous)):
        home.write(5)
        home.switch()
        last = home.write(5)
        has_come(home, last)
        lost = lose(home)
        assert lost.recover(LATEST) == list(range(1, last + 1))
        aim = aim_of(None, None, home.noted[last - 2].xid, None)
        assert lost.recover(aim) == list(range(1, last - 1))


def test_every_segment_of_the_stream_is_what_was_archived(embedded: Ground) -> None:
    embedded.back_up()
    with Receiver(embedded):
        for _ in range(3):
            embedded.write(2)
            embedded.switch()
        received = embedded.archive / "received"
        until(lambda: len([one for one in received.iterdir() if len(one.name) == 24]) >= 3, "three segments")
        for path in (one for one in received.iterdir() if len(one.name) == 24):
            assert path.read_bytes() == (embedded.archive / path.name).read_bytes()


def test_without_an_archive_command_the_stream_alone_is_an_archive(embedded: Ground) -> None:
    with embedded.connect() as connection:
        connection.execute("alter system set archive_command = '/bin/false'")
        connection.execute("select pg_reload_conf()")
    with Receiver(embedded):
        embedded.back_up(BackupKind.PHYSICAL)
        embedded.write(3)
        with embedded.connect() as connection:
            connection.execute("select pg_switch_wal()")
        last = embedded.write(3)
        # The server lives: it ends its segment, which comes by the stream.
        assert embedded.recover(LATEST) == list(range(1, last + 1))
        assert [one for one in embedded.archive.iterdir() if len(one.name) == 24] == []


def _received(embedded: Ground, folder: Path) -> tuple[Ground, Path]:
    """A copy of what is left: an archive that ends in a part of a segment."""
    embedded.write(2)
    embedded.back_up()
    with Receiver(embedded):
        has_come(embedded, embedded.write(40))
    shutil.copytree(embedded.archive, folder / "archive")
    (path,) = (folder / "archive" / "received").glob("*.partial")
    return embedded.with_archive(folder / "archive"), path


def test_a_log_that_is_cut_anywhere_ends_there(embedded: Ground, tmp_path: Path) -> None:
    lost, path = _received(embedded, tmp_path)
    content = path.read_bytes()
    address = int(path.name[16:24], 16) * len(content)
    end = partial.written(path, address)
    assert recovering.plan(lost.settings, lost.target, recovering.Request(LATEST), SystemClock()).stop.lsn
    random.seed(5)
    start = max(partial.PAGE, end - 6 * partial.PAGE)
    before = -1
    for cut in sorted(random.randrange(start, end) for _ in range(60)):
        path.write_bytes(content[:cut].ljust(len(content), b"\0"))
        found = recovering.plan(lost.settings, lost.target, recovering.Request(LATEST), SystemClock())
        assert before <= found.stop.lsn < address + cut
        before = found.stop.lsn


def test_damage_within_is_not_taken_for_the_end(embedded: Ground, tmp_path: Path) -> None:
    lost, path = _received(embedded, tmp_path)
    content = path.read_bytes()
    address = int(path.name[16:24], 16) * len(content)
    held = [lost.noted[number] for number in range(20, 30)]
    for noted in held:
        damaged = bytearray(content)
        high, low = noted.lsn.split("/")
        damaged[((int(high, 16) << 32 | int(low, 16)) - address) - 30] ^= 0x10  # in the commit before it
        path.write_bytes(damaged)
        with pytest.raises(LogDamaged):
            recovering.plan(lost.settings, lost.target, recovering.Request(LATEST), SystemClock())


def test_a_receiver_that_was_killed_leaves_an_orphan_that_the_next_one_ends(embedded: Ground) -> None:
    embedded.back_up()
    orphan = None
    with embedded.connect() as connection:
        prepared = receiving.prepare(connection, embedded.target, embedded.archive, SystemClock())
    folder = receiving.folder_of(embedded.archive)
    with receiving.streaming(prepared.source, embedded.archive, folder, synchronous=False) as (orphan, _said):
        until(Receiver(embedded).streams, "the orphan streams")
        with Receiver(embedded) as receiver:
            assert orphan.wait(30) != 0
            assert receiver.program(other_than=orphan.pid)
            has_come(embedded, embedded.write(2))


def test_a_stream_that_ends_begins_again(embedded: Ground) -> None:
    embedded.back_up()
    with Receiver(embedded) as receiver:
        has_come(embedded, embedded.write(2))
        os.kill(receiver.program(), signal.SIGKILL)
        has_come(embedded, embedded.write(2))
        with embedded.connect() as connection:
            connection.execute("select pg_terminate_backend(pid) from pg_stat_replication")
        has_come(embedded, embedded.write(2))
        lose(embedded)
        again(embedded)
        has_come(embedded, embedded.write(2))


def test_a_slot_that_was_given_up_is_made_anew(embedded: Ground) -> None:
    embedded.back_up()
    with Receiver(embedded):
        has_come(embedded, embedded.write(2))
    with embedded.connect() as connection:
        connection.execute("alter system set max_slot_wal_keep_size = '1MB'")
        connection.execute("select pg_reload_conf()")
    for _ in range(4):
        embedded.write(2)
        embedded.switch()
    with embedded.connect() as connection:
        connection.execute("checkpoint")
        status = "select wal_status from pg_replication_slots"
        until(lambda: one(connection, status) == "lost", "a slot that was given up")
    with Receiver(embedded) as receiver:
        last = embedded.write(2)
        has_come(embedded, last)
        assert any("made anew" in one for one in receiver.said.notes)
    # The archive command brought what the stream missed: no hole is left.
    assert lose(embedded).recover(LATEST) == list(range(1, last + 1))


def test_a_stream_that_missed_something_is_no_promise(embedded: Ground) -> None:
    """The same without an archive command: what lies behind the hole cannot be had, and nobody says that it can."""
    with embedded.connect() as connection:
        connection.execute("alter system set archive_command = '/bin/true'")
        connection.execute("alter system set max_slot_wal_keep_size = '1MB'")
        connection.execute("select pg_reload_conf()")
    embedded.back_up()
    with Receiver(embedded):
        last = embedded.write(2)
        has_come(embedded, last)
    with embedded.connect() as connection:
        for number in range(4):
            connection.execute("select pg_switch_wal()")
            connection.execute("select pg_create_restore_point(%s)", [f"gap {number}"])
        connection.execute("checkpoint")
        until(lambda: one(connection, "select wal_status from pg_replication_slots") == "lost", "a lost slot")
    with Receiver(embedded):
        embedded.write(2)
        with embedded.connect() as connection:
            connection.execute("select pg_switch_wal()")
        whole = lambda: [one for one in (embedded.archive / "received").iterdir() if len(one.name) == 24]  # noqa: E731
        until(whole, "a segment behind the hole")
    lost = lose(embedded)
    with pytest.raises(LogBroken):
        lost.recover(LATEST)
    assert lost.recover(aim_of(None, None, lost.noted[last].xid, None)) == list(range(1, last + 1))


def test_a_role_that_may_replicate_and_nothing_else(embedded: Ground) -> None:
    with embedded.connect() as connection:
        connection.execute("create role streamer login replication")
        connection.execute("create role nobody_much login")
    embedded.back_up()
    as_streamer = replace(embedded.target, parameters={**embedded.target.parameters, "user": "streamer"})
    with Receiver(embedded, target=as_streamer):
        has_come(embedded, embedded.write(2))
    as_nobody = replace(embedded.target, parameters={**embedded.target.parameters, "user": "nobody_much"})
    with pytest.raises(MayNotReceive):
        use.receive(embedded.settings, as_nobody, Request(), Silent(), lambda: False)


def test_no_slot_without_a_bound(embedded: Ground) -> None:
    with embedded.connect() as connection:
        connection.execute("create role streamer login replication")
        connection.execute("alter system set max_slot_wal_keep_size = -1")
        connection.execute("select pg_reload_conf()")
        bound = "select setting from pg_settings where name = 'max_slot_wal_keep_size'"
        until(lambda: one(connection, bound) == "-1", "no bound")
        as_streamer = replace(embedded.target, parameters={**embedded.target.parameters, "user": "streamer"})
        with pytest.raises(SlotUnbounded):
            use.receive(embedded.settings, as_streamer, Request(), Silent(), lambda: False)
        assert one(connection, "select count(*) from pg_replication_slots") == 0
        with Receiver(embedded, Request(unbounded=True), target=as_streamer):
            pass
        with Receiver(embedded):  # a superuser sets it
            until(lambda: one(connection, bound) == "4096", "a bound")


def test_two_do_not_receive_at_once(embedded: Ground, tmp_path: Path) -> None:
    with Receiver(embedded):
        with pytest.raises(ReceiverRuns):
            use.receive(embedded.settings, embedded.target, Request(), Silent(), lambda: False)
        elsewhere = replace(embedded.settings, home=tmp_path / "elsewhere")
        (tmp_path / "other").mkdir()
        other = replace(embedded.target, archive=str(tmp_path / "other"))
        with pytest.raises(SlotTaken):
            use.receive(elsewhere, other, Request(), Silent(), lambda: False)


def test_switched_off_it_holds_nothing_back(embedded: Ground) -> None:
    with Receiver(embedded), pytest.raises(ReceiverRuns):
        use.give_up(embedded.settings, embedded.target)
    assert use.give_up(embedded.settings, embedded.target)
    with embedded.connect() as connection:
        assert one(connection, "select count(*) from pg_replication_slots") == 0
    assert not use.give_up(embedded.settings, embedded.target)


def test_an_archive_of_another_cluster_is_left_alone(embedded: Ground, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    embedded.switch()
    for path in embedded.archive.glob("0*"):
        content = bytearray(path.read_bytes())
        content[24] ^= 0xFF
        (other / path.name).write_bytes(content)
    with pytest.raises(ArchiveOfAnother):
        use.receive(embedded.settings, replace(embedded.target, archive=str(other)), Request(), Silent(), lambda: False)
    assert wal.received(other) == ()


def test_an_archive_that_is_away_is_waited_for(embedded: Ground) -> None:
    embedded.back_up()
    away = embedded.archive.with_name("away")
    with Receiver(embedded) as receiver:
        has_come(embedded, embedded.write(2))
        receives = receiver.program()
        embedded.archive.rename(away)
        os.kill(receives, signal.SIGKILL)
        until(lambda: [one for one in receiver.said.notes if "cannot be written" in one], "a word of it")
        away.rename(embedded.archive)
        has_come(embedded, embedded.write(2))


def test_an_archive_that_is_full_is_waited_for(embedded: Ground) -> None:
    """Full in the middle of a new segment: what is begun of it would keep pg_receivewal from going on."""
    with small_disk(embedded.archive / "received", "40m") as small:
        embedded.back_up()
        with Receiver(embedded) as receiver:
            has_come(embedded, embedded.write(2))
            for _ in range(2):
                embedded.switch()
                last = embedded.write(2)
            until(lambda: [one for one in receiver.said.notes if "No space left" in one], "a word of it")
            small.grow("200m")
            has_come(embedded, last)
            assert lose(embedded).recover(LATEST) == list(range(1, last + 1))


def test_the_stream_follows_a_server_onto_its_next_timeline(embedded: Ground) -> None:
    """As after a swap: another timeline, which branched off before what was received, and no slot."""
    embedded.back_up()
    with Receiver(embedded):
        first = embedded.write(2)
        embedded.write(3)
        has_come(embedded, embedded.write(1))
    embedded.cluster.stop()
    request = recovering.Request(aim_of(None, None, embedded.noted[first].xid, None))
    gone = embedded.with_archive(embedded.archive)
    recovered = recovering.recover(gone.settings, gone.target, request, Silent())
    data = embedded.running.data_dir
    shutil.copy(recovered.folder / "pg_wal" / "00000002.history", embedded.archive / "00000002.history")
    subprocess.run(["chown", "--reference", data, embedded.archive / "00000002.history"], check=True)
    data.rename(data.with_name("former"))
    shutil.copytree(recovered.folder, data)
    subprocess.run(["cp", "-a", f"{recovered.folder}/.", data], check=True)
    for name in ("postgresql.conf", "postgresql.auto.conf", "pg_hba.conf"):
        subprocess.run(["cp", "-a", data.with_name("former") / name, data / name], check=True)
    again(embedded)
    with Receiver(embedded):
        with embedded.connect() as connection:
            connection.execute("insert into oracle values (100, '')")
            wanted = int(one(connection, "select pg_snapshot_xmax(pg_current_snapshot())::text")) - 1
        until(lambda: (found := newest(embedded)) and found.timeline == 2 and found.xid >= wanted, "the new timeline")
    lost = lose(embedded)
    assert lost.recover(LATEST, timeline=2) == [*range(1, first + 1), 100]


def test_a_look_at_a_file_that_grows_sees_no_hole(embedded: Ground) -> None:
    """The newest commit is read again and again while a burst is being received."""
    embedded.back_up()
    with Receiver(embedded):
        over = threading.Event()

        def write() -> None:
            with psycopg.connect(embedded.running.conninfo("supabase_admin"), autocommit=True) as connection:
                connection.execute("create table burst (n integer, filler text)")
                while not over.is_set():
                    connection.execute("insert into burst select g, repeat('x', 300) from generate_series(1, 500) g")

        writer = threading.Thread(target=write)
        writer.start()
        try:
            before = 0
            for _ in range(20):
                request = recovering.Request(LATEST)
                gone = embedded.with_archive(embedded.archive)
                stop = recovering.plan(gone.settings, gone.target, request, SystemClock()).stop
                assert stop.lsn >= before
                before = stop.lsn
        finally:
            over.set()
            writer.join()


def test_a_password_file_that_only_we_may_read(tmp_path: Path) -> None:
    """Pg_receivewal may run as another OS user, and gets the password that our own session found."""
    for it in ground(tmp_path, binaries.embedded(), listen=True):
        it.back_up()
        by_network = {
            "host": "127.0.0.1", "port": str(it.running.port), "user": "postgres", "dbname": "postgres",
            "passfile": str(it.running.passfile),
        }  # fmt: skip
        with it.connect() as connection:
            connection.execute("alter role postgres replication")
        with Receiver(it, target=replace(it.target, parameters=by_network)):
            has_come(it, it.write(2))
            command = Path(f"/proc/{Receiver(it).program()}/cmdline").read_text(encoding="utf-8")
            assert it.cluster.folder.password() not in command
