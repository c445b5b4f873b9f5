"""Packed backups of a cluster: taken into a folder and a bucket, encrypted or not, proved, recovered from and pruned."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from recovery_ground import Ground, ground, one
from test_stores import bucket, credentials, s3_server  # noqa: F401 - fixtures

from haulback.app import backing_up, drilling, recovering
from haulback.backups import packing, retention, server_facts
from haulback.backups.aiming import aim_of
from haulback.backups.cluster_errors import NoIncremental, SwapNotPossible
from haulback.backups.engines._engine import Taking
from haulback.backups.errors import KeyMissing, NotSealed, WrongKey
from haulback.backups.stores.s3 import S3Store
from haulback.clock import SystemClock
from haulback.deploy.progress import Silent
from haulback.errors import HaulbackError
from haulback.model import packed as model
from haulback.model.backup import BackupKind, Verdict
from haulback.model.drill import DrillVerdict
from haulback.model.physical import Physical
from haulback.pg import binaries
from haulback.pg.os_user import server_user
from haulback.pg.session import connect

KEY, OTHER = "ab" * 32, "cd" * 32
LATEST = aim_of("latest", None, None, None)
ROWS = "create table wide as select g as n, md5(g::text) as v from generate_series(1, 50000) as g"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    for it in ground(tmp_path_factory.mktemp("packed"), binaries.embedded()):
        it.summarize()
        with it.connect() as connection:
            connection.execute(ROWS)
        it.write(2)
        yield it


@pytest.fixture
def life(server: Ground, tmp_path: Path) -> Ground:
    """The same server, with a store of its own and a key."""
    return stored_in(server, str(tmp_path / "store"))


class Noting(Silent):
    """Keeps what is noted."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


def with_tls(it: Ground) -> None:
    """Has the server speak TLS, and waits until it does."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    build = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
    written = {
        "server.crt": build.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM),
        "server.key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    }
    for file, text in written.items():
        path = it.running.data_dir / file
        path.touch(mode=0o600)
        path.write_bytes(text)
        server_user().own(path)
    with it.connect() as connection:
        connection.execute("alter system set ssl = on")
        connection.execute("select pg_reload_conf()")
        until = time.monotonic() + 30
        while one(connection, "select current_setting('ssl')") != "on":
            assert time.monotonic() < until, "the server does not switch TLS on"
            time.sleep(0.05)


def stored_in(it: Ground, store: str, key: str | None = KEY) -> Ground:
    backups = replace(it.settings.backups, store=store, key=key)
    return replace(it, settings=replace(it.settings, backups=backups))


def believing(it: Ground) -> Ground:
    """With clusters in the clear on purpose."""
    return replace(it, settings=replace(it.settings, backups=replace(it.settings.backups, cluster_in_clear=True)))


def keyed(it: Ground, key: str | None) -> Ground:
    return stored_in(it, it.settings.backups.store, key)


@pytest.mark.parametrize("key", [KEY, None], ids=["encrypted", "clear"])
def test_a_chain_in_a_bucket_is_proved_recovered_from_and_pruned(
    server: Ground, bucket: S3Store, key: str | None
) -> None:
    life = stored_in(server, bucket.address, key)
    whole = life.back_up()
    life.write(2)
    after = life.back_up(BackupKind.INCREMENTAL)
    assert (after.parent, bool(whole.key), whole.key) == (whole.id, key is not None, after.key)
    assert after.size < whole.size / 5
    proofs = [life.prove(whole), life.prove(after)]
    assert [(one.verdict, one.problems) for one in proofs] == [(Verdict.PROVED, ())] * 2
    last = life.write(1)
    assert life.recover(LATEST)[-1] == last
    later = datetime.now(UTC) + timedelta(days=400)
    newer = life.back_up()
    life.shelf.note(replace(proofs[0], backup=newer.id))
    fates = retention.decide(life.shelf.all(), replace(life.settings.backups, keep_proved=1, keep=0, window=0), later)
    assert {one.backup for one in fates.going} == {whole.id, after.id}
    for fate in fates.going:
        life.shelf.remove(fate.backup)
    assert {one.name.partition("/")[0] for one in life.shelf.store.files()} == {newer.id}


def test_the_manifest_says_what_a_plain_one_says(life: Ground) -> None:
    packed, plain = life.back_up(), life.back_up(in_clear=True)
    first, second = Physical.of(packed), Physical.of(plain)
    same = ("engine", "timeline", "segment_size", "superuser", "checksums")
    assert [getattr(first, one) for one in same] == [getattr(second, one) for one in same]
    assert first.start < first.stop <= second.start < second.stop
    assert (packed.system, packed.server_version) == (plain.system, plain.server_version)
    assert abs(first.bytes - second.bytes) < first.bytes / 10
    assert (packed.lsn, packed.size) == (first.stop_lsn, sum(one.size for one in packed.files))


@pytest.mark.parametrize("scenario", ["database-lost", "corrupt-page", "wal-gap"])
def test_drills_are_played_with_it(life: Ground, scenario: str) -> None:
    backup = life.back_up()
    for _ in range(3):
        life.write(1)
        life.switch()
    found = drilling.drill(life.settings, life.target, scenario, Silent(), SystemClock())
    assert (found.verdict, found.problems, found.measured.backup) == (DrillVerdict.PASS, (), backup.id)
    without = drilling.drill(keyed(life, None).settings, life.target, scenario, Silent(), SystemClock())
    assert (without.verdict, "no key is given" in without.problems[0]) == (DrillVerdict.UNKNOWN, True)


def test_an_older_server_is_packed_too_over_tls(tmp_path: Path) -> None:
    found = binaries.for_major(15)
    if found is None:
        pytest.skip("PostgreSQL 15 is not installed")
    for it in ground(tmp_path / "old", found, listen=True):
        life = stored_in(it, str(tmp_path / "store"))
        life.write(2)
        with it.connect() as connection:
            connection.execute(ROWS)
        with_tls(it)
        # As an ordinary role, with its password.
        parameters = {**conninfo_to_dict(it.running.conninfo(via="tcp")), "sslmode": "require"}
        far = replace(life, target=replace(life.target, parameters=parameters))
        backup = far.back_up()
        assert (life.prove(backup).verdict, model.is_packed(backup)) == (Verdict.PROVED, True)
        assert life.recover(LATEST)[-1] == life.write(0)


def test_an_archive_that_takes_several_files(life: Ground) -> None:
    with connect(life.target) as connection:
        taking = Taking(life.target, connection, life.shelf, SystemClock(), key=backing_up.key(life.settings))
        backup = packing.take(taking, BackupKind.PHYSICAL, server_facts.facts(taking), largest=1)
    base = next(one for one in model.of(backup) if one.name == "base.tar")
    assert len(base.files) == -(-base.raw // model.FRAME) > 2
    assert life.prove(backup).verdict is Verdict.PROVED


def test_a_packed_one_builds_on_a_plain_one(life: Ground) -> None:
    life = believing(life)
    plain = life.back_up(in_clear=True)
    life.write(1)
    after = life.back_up(BackupKind.INCREMENTAL)
    assert (model.is_packed(plain), model.is_packed(after), after.parent) == (False, True, plain.id)
    assert life.prove(after).verdict is Verdict.PROVED


@pytest.mark.parametrize("key", [KEY, None], ids=["as the key was given", "before there was one"])
def test_of_one_in_the_clear_nothing_is_run(life: Ground, tmp_path: Path, key: str | None) -> None:
    """A function and an event trigger in it would run by the proof: none of it is started, nor built on."""
    said = Noting()
    request = backing_up.Request(BackupKind.PHYSICAL, in_clear=True)
    clear = backing_up.take(keyed(life, key).settings, life.target, request, said)
    assert ["once backups.cluster_in_clear is set" in one for one in said.notes] == [True] * (key is not None)
    proof = life.prove(clear)
    assert (proof.verdict, "in the clear" in proof.problems[0]) == (Verdict.UNKNOWN, True)
    assert not list((life.settings.home / "proofs").glob("*"))
    with pytest.raises(NotSealed):
        life.recover(LATEST)
    with pytest.raises(NotSealed):
        life.back_up(BackupKind.INCREMENTAL, parent=clear.id)
    with pytest.raises(NoIncremental, match="that the key sealed"):
        life.back_up(BackupKind.INCREMENTAL)
    sealed = life.back_up()
    last = life.write(1)
    assert (life.prove(sealed).verdict, life.recover(LATEST)[-1]) == (Verdict.PROVED, last)
    assert believing(life).prove(clear).verdict is Verdict.PROVED


def test_what_builds_on_one_in_the_clear_gives_way_to_an_older_one(life: Ground) -> None:
    sealed, _ = life.back_up(), believing(life).back_up(in_clear=True)
    after = believing(life).back_up(BackupKind.INCREMENTAL)
    last = life.write(1)
    proof = life.prove(after)
    assert (proof.verdict, "in the clear" in proof.problems[0]) == (Verdict.UNKNOWN, True)
    plan = recovering.plan(life.settings, life.target, recovering.Request(LATEST), SystemClock())
    assert (plan.backup, life.back_up(BackupKind.INCREMENTAL).parent) == (sealed, sealed.id)
    with pytest.raises(NotSealed):
        life.back_up(BackupKind.INCREMENTAL, parent=after.id)
    assert life.recover(LATEST)[-1] == last


@pytest.mark.parametrize(("key", "error"), [(None, KeyMissing), (OTHER, WrongKey)])
def test_without_its_key_nothing_is_said_of_it(life: Ground, key: str | None, error: type[HaulbackError]) -> None:
    backup = life.back_up()
    without = keyed(life, key)
    proof = without.prove(backup)
    assert (proof.verdict, KEY in repr(proof), OTHER in repr(proof)) == (Verdict.UNKNOWN, False, False)
    with pytest.raises(error):
        recovering.plan(without.settings, life.target, recovering.Request(LATEST), SystemClock())
    with pytest.raises(NoIncremental, match="that the given key opens"):
        without.back_up(BackupKind.INCREMENTAL)
    assert life.prove(backup).verdict is Verdict.PROVED


def test_tablespaces_come_back_beside_and_never_where_they_were(server: Ground, tmp_path: Path) -> None:
    """Of a whole one and of what changed since; the server's own are left alone, and are not swapped in."""
    life = stored_in(server, str(tmp_path / "store"), None)
    place = server.cluster.folder.path / "beside = it"
    place.mkdir(mode=0o700)
    server_user().own(place)
    with life.connect() as connection:
        connection.execute(sql.SQL("create tablespace beside location {}").format(sql.Literal(str(place))))
        connection.execute(
            "create table far with (autovacuum_enabled = off) tablespace beside as"
            " select g as n from generate_series(1, 20000) as g"
        )
        try:
            whole = life.back_up()
            connection.execute("insert into far select g from generate_series(1, 100) as g")
            after = life.back_up(BackupKind.INCREMENTAL)
            assert [model.is_packed(one) for one in (whole, after)] == [True, True]
            proofs = [life.prove(whole), life.prove(after)]
            assert [(one.verdict, one.problems) for one in proofs] == [(Verdict.PROVED, ())] * 2
            assert proofs[1].detail["rows"] - proofs[0].detail["rows"] == 100
            connection.execute("insert into far values (0)")
            before = sorted((one.name, one.stat().st_ino) for one in place.rglob("*"))
            assert life.recover(LATEST)
            assert sorted((one.name, one.stat().st_ino) for one in place.rglob("*")) == before
            embedded = replace(life.target, embedded=True)
            with pytest.raises(SwapNotPossible, match="tablespaces"):
                recovering.recover(life.settings, embedded, recovering.Request(LATEST, swap=True), Silent())
        finally:
            connection.execute("drop table if exists far")
            connection.execute("drop tablespace beside")
