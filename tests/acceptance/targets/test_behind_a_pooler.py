"""A transaction pooler in between is refused before anything is touched; a session pooler is as good as none."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from acceptance_site import BARE, Site, until

from haulback.pg.os_user import server_user

QUICK = (*BARE, "--skip", "snapshot", "--skip", "capture", "--skip", "validate")


@contextmanager
def _pooled(site: Site, mode: str) -> Iterator[str]:
    """A PgBouncer of that mode in front of the site's database; gives its URL."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("pgbouncer is not installed (apt-get install pgbouncer)")
        pytest.skip("pgbouncer is not installed (apt-get install pgbouncer)")
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    folder = site.folder / "pooler"
    folder.mkdir()
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n{site.database} = host={site.server.socket_dir} port={site.server.port} user=postgres\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
        f"pool_mode = {mode}\n"
    )
    for above in (folder, *folder.parents):
        if above.stat().st_uid == os.geteuid() and above != Path("/"):
            above.chmod(above.stat().st_mode | 0o011)  # the pooler runs as somebody else
    process = subprocess.Popen(
        server_user().command([program, settings], []), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
    )
    url = f"postgresql://postgres@127.0.0.1:{port}/{site.database}"
    try:
        until(lambda: _answers(url), "the pooler")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def test_a_transaction_pooler_is_refused(site: Site) -> None:
    site.migration("1_first.sql", "create table public.first (id int primary key);")
    before = site.dump()
    with _pooled(site, "transaction") as url:
        site.configure(f'[targets.pooled]\nurl = "{url}"\n')
        ended = site.deploy(*QUICK, "--target", "pooled")
    assert (ended.exit, ended.document["error"]) == (3, "pooler-in-between")
    assert ended.document["hint"].startswith("Use the direct connection")
    assert site.dump() == before
    assert site.value("select to_regclass('haulback.deployment') is null")


def test_a_session_pooler_is_not_in_the_way(site: Site) -> None:
    site.migration("1_first.sql", "create table public.first (id int primary key);")
    with _pooled(site, "session") as url:
        site.configure(f'[targets.pooled]\nurl = "{url}"\n')
        ended = site.deploy(*QUICK, "--target", "pooled")
    assert ended.exit == 0
    assert site.exists("public.first")
