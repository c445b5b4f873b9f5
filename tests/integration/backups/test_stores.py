"""What every kind of store holds to: folders, a part of one, and S3 on loopback."""

from __future__ import annotations

import errno
import os
import pwd
import resource
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from faults import KEY, PLAIN, TARGET, Keeper, execute, keeper, proving_home  # noqa: F401 - fixtures
from moto.server import ThreadedMotoServer

from haulback.app import backing_up
from haulback.backups import store as stores
from haulback.backups.errors import StoreFull, StoreUnreachable
from haulback.backups.stores._below import Below
from haulback.backups.stores._store import Store
from haulback.backups.stores.s3 import S3Store
from haulback.backups.table import TableEngine
from haulback.clock import SystemClock
from haulback.deploy.progress import Silent
from haulback.model.backup import Verdict

if TYPE_CHECKING:
    from conftest import Database  # which conftest is loaded depends on what runs besides

LARGE = os.urandom(1024 * 1024) * 19
KINDS = ("folder", "below", "s3")


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "xyzzy-secret", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": str(tmp_path / "none"), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)


@pytest.fixture
def bucket(s3_server: str, credentials: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> S3Store:
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    name = tmp_path.name.replace("_", "-").lower()[:40].strip("-") + os.urandom(4).hex()
    store = stores.opened(f"s3://{name}/some/where")
    assert isinstance(store, S3Store)
    store._client.create_bucket(Bucket=name)
    return store


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "s3":
        found: Store = request.getfixturevalue("bucket")
        return found
    folder = stores.opened(str(tmp_path / "store"))
    return Below(folder, "a part") if request.param == "below" else folder


def put(store: Store, name: str, text: bytes = b"text") -> None:
    with store.writing(name) as stream:
        stream.write(text)


def failing(store: Store, name: str, text: bytes) -> None:
    with store.writing(name) as stream:
        stream.write(text)
        raise ZeroDivisionError


def names(store: Store, prefix: str = "") -> list[str]:
    return [one.name for one in store.files(prefix)]


def test_what_was_written_is_read(store: Store) -> None:
    for text in (b"", b"short", LARGE):
        put(store, "a/b.bin", text)
        assert store.read("a/b.bin") == text
        with store.reading("a/b.bin") as stream:
            assert stream.read() == text
        assert [(one.name, one.size) for one in store.files()] == [("a/b.bin", len(text))]


def test_parts_of_a_file_are_read(store: Store) -> None:
    put(store, "f", bytes(range(200)))
    assert store.read("f", 10, 5) == bytes(range(10, 15))
    assert store.read("f", 190) == bytes(range(190, 200))
    assert store.read("f", 195, 50) == bytes(range(195, 200))
    assert store.read("f", 200, 5) == b""
    assert store.read("f", 3, 0) == b""
    with store.reading("f") as stream:
        stream.seek(100)
        assert stream.read(3) == bytes((100, 101, 102))
        stream.seek(0)
        assert stream.read(2) == bytes((0, 1))
        stream.seek(199)
        assert (stream.read(5), stream.read(5)) == (bytes((199,)), b"")


def test_pieces_of_any_size_become_one_file(store: Store) -> None:
    with store.writing("f") as stream:
        for first in range(0, len(LARGE), 999_983):
            stream.write(LARGE[first : first + 999_983])
    assert store.read("f") == LARGE


def test_files_are_listed_in_order_below_a_prefix(store: Store) -> None:
    for name in ("b/2", "a.doomed/1", "b/1", "a/é", "a/1", "ab/1"):
        put(store, name)
    assert names(store) == ["a.doomed/1", "a/1", "a/é", "ab/1", "b/1", "b/2"]
    assert names(store, "a/") == ["a/1", "a/é"]
    assert names(store, "a") == ["a.doomed/1", "a/1", "a/é", "ab/1"]
    assert names(store, "nothing/") == []


def test_a_file_is_not_there_before_it_is_whole(store: Store) -> None:
    with store.writing("f") as stream:
        stream.write(LARGE)
        assert names(store) == []
        with pytest.raises(FileNotFoundError):
            store.read("f")
    assert names(store) == ["f"]


@pytest.mark.parametrize("text", [b"short", LARGE], ids=["short", "long"])
def test_a_failure_leaves_nothing_and_no_harm_to_what_was_there(store: Store, text: bytes) -> None:
    put(store, "old", b"as it was")
    for name in ("new", "old"):
        with pytest.raises(ZeroDivisionError):
            failing(store, name, text)
    assert names(store) == ["old"]
    assert store.read("old") == b"as it was"


def test_what_is_missing_is_told(store: Store) -> None:
    put(store, "there")
    with pytest.raises(FileNotFoundError):
        store.read("missing")
    with pytest.raises(FileNotFoundError), store.reading("missing"):
        pass


def test_removing(store: Store) -> None:
    for name in ("a/1", "a/b/2", "ab/1", "c"):
        put(store, name)
    store.remove("a/")
    assert names(store) == ["ab/1", "c"]
    store.remove("c")
    store.remove("c")
    store.remove("nothing/")
    assert names(store) == ["ab/1"]


def test_the_address_shows_no_secret(store: Store) -> None:
    assert "xyzzy" not in store.address + repr(store)


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = Below(stores.opened(str(tmp_path / "file")), "part")
    for use in (lambda: names(store), lambda: put(store, "f"), lambda: store.read("f")):
        with pytest.raises(StoreUnreachable):
            use()


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """A folder, and the rights of an ordinary user: root may read everything."""
    with tempfile.TemporaryDirectory() as made:
        if os.geteuid() != 0:
            yield Path(made)
            return
        nobody = pwd.getpwnam("nobody").pw_uid
        os.chown(made, nobody, -1)
        os.seteuid(nobody)
        try:
            yield Path(made)
        finally:
            os.seteuid(0)


def test_a_folder_that_may_not_be_read_is_no_empty_one(as_nobody: Path) -> None:
    store = stores.opened(str(as_nobody / "store"))
    put(store, "a/1")
    assert names(store) == ["a/1"]
    (as_nobody / "store" / "a").chmod(0)
    with pytest.raises(StoreUnreachable):
        names(store)
    (as_nobody / "store" / "a").chmod(0o700)


def test_a_full_folder_is_told_and_left_clean(tmp_path: Path) -> None:
    store = stores.opened(str(tmp_path / "store"))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(StoreFull, match=os.strerror(errno.EFBIG)):
            put(store, "f", LARGE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [one for one in (tmp_path / "store").rglob("*") if one.is_file()] == []


def test_parts_that_a_killed_process_left_go_with_the_rest(bucket: S3Store) -> None:
    killed = bucket.writing("a/f")
    killed.__enter__().write(LARGE)
    put(bucket, "a/g")
    assert len(bucket._client.list_multipart_uploads(Bucket=bucket._bucket)["Uploads"]) == 1
    bucket.remove("a/")
    assert "Uploads" not in bucket._client.list_multipart_uploads(Bucket=bucket._bucket)
    killed.gen.close()


def test_an_object_that_is_exchanged_while_it_is_read_is_told(bucket: S3Store) -> None:
    put(bucket, "f", LARGE)

    def read() -> None:
        with bucket.reading("f") as stream:
            stream.read(10)
            put(bucket, "f", LARGE[::-1])
            stream.seek(len(LARGE) - 5)
            stream.read()

    with pytest.raises(StoreUnreachable):
        read()


def test_a_bucket_that_is_not_there_is_told(bucket: S3Store) -> None:
    nowhere = stores.opened("s3://no-such-bucket/x")
    for use in (lambda: names(nowhere), lambda: put(nowhere, "f"), lambda: nowhere.read("f")):
        with pytest.raises(StoreUnreachable, match="NoSuchBucket"):
            use()
    with pytest.raises(StoreUnreachable), nowhere.reading("f"):
        pass


def test_a_server_that_does_not_answer_is_told(credentials: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    nowhere = stores.opened("s3://bucket/x")
    with pytest.raises(StoreUnreachable) as raised:
        names(nowhere)
    assert "xyzzy" not in raised.value.message


class _Full(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b"<Error><Code>XMinioStorageFull</Code><Message>no room</Message></Error>"
        self.send_response(507)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


def test_a_full_bucket_is_told(credentials: None, monkeypatch: pytest.MonkeyPatch) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Full)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(StoreFull):
            put(stores.opened("s3://bucket/x"), "f")
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("key", [None, KEY], ids=["clear", "encrypted"])
def test_a_backup_in_a_bucket_is_proved_damaged_ones_are_found_and_pruned(
    database: Database, bucket: S3Store, keeper: Keeper, key: str | None
) -> None:
    execute(database, PLAIN)
    given = replace(keeper.settings, backups=replace(keeper.settings.backups, store=bucket.address, key=key))
    shelf = backing_up.shelf(given, TARGET)
    with database.connect(autocommit=True) as connection:
        engine = TableEngine(shelf.store, backing_up.key(given), SystemClock())
        first, second = (engine.take(connection, TARGET.name, ["public.t"]) for _ in range(2))
    rows = bytearray(shelf.store.read(f"{second.id}/0001.copy.zst"))
    rows[len(rows) // 2] ^= 1
    put(shelf.store, f"{second.id}/0001.copy.zst", bytes(rows))
    proofs = backing_up.verify(given, TARGET, [first.id, second.id], Silent())
    assert [one.verdict for one in proofs] == [Verdict.PROVED, Verdict.BAD]
    shelf.remove(second.id)
    assert [kept.id for kept in shelf.all()] == [first.id]
    assert {name.split("/")[0] for name in names(shelf.store)} == {first.id}
