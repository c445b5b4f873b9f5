"""`haulback lint --rewrite` prints or writes the safe text; it needs no server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

INDEX = b"create index orders_note on public.orders (note);"
SAFE = INDEX.replace(b"index", b"index concurrently", 1)


def _lint(folder: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(
        [sys.executable, "-m", "haulback", "lint", *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert b"Traceback" not in done.stderr
    return done


def test_one_file_is_printed_as_sql(tmp_path: Path) -> None:
    (tmp_path / "1.sql").write_bytes(b"-- why\n" + INDEX + b"\n")
    done = _lint(tmp_path, "--rewrite", "1.sql")
    assert (done.returncode, done.stdout) == (0, b"-- why\n" + SAFE + b"\n")
    assert b"1.sql:2: rewritten: " in done.stderr
    assert (tmp_path / "1.sql").read_bytes() == b"-- why\n" + INDEX + b"\n"
    assert _lint(tmp_path, "--rewrite", "-", stdin=INDEX).stdout == SAFE


def test_several_files_are_a_diff_that_applies(tmp_path: Path) -> None:
    for name in ("1.sql", "2.sql", "3.sql"):
        (tmp_path / name).write_bytes(INDEX if name != "3.sql" else b"select 1;\n")
    done = _lint(tmp_path, "--rewrite", "1.sql", "2.sql", "3.sql")
    assert b"3.sql" not in done.stdout
    subprocess.run(["git", "apply", "-p1"], cwd=tmp_path, input=done.stdout, check=True)
    assert [(tmp_path / name).read_bytes() for name in ("1.sql", "2.sql")] == [SAFE, SAFE]


def test_write_keeps_mark_line_ends_and_permissions(tmp_path: Path) -> None:
    file = tmp_path / "1.sql"
    file.write_bytes(b"\xef\xbb\xbf-- a\r\n" + INDEX + b"\r\n")
    file.chmod(0o640)
    (tmp_path / "link.sql").symlink_to(file)
    done = _lint(tmp_path, "--rewrite", "--write", "--json", "link.sql")
    assert file.read_bytes() == b"\xef\xbb\xbf-- a\r\n" + SAFE + b"\r\n"
    assert file.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "link.sql").is_symlink()
    assert b"must not be edited" in done.stderr
    (told,) = json.loads(done.stdout)["rewrites"]
    assert (told["written"], told["applied"][0]["id"]) == (True, "index-not-concurrent")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["1.sql", "link.sql"]


def test_what_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "1.sql").write_bytes(b"selec\n")
    assert _lint(tmp_path, "--write", "1.sql").returncode == 2
    assert _lint(tmp_path, "--rewrite", "--write", "-", stdin=INDEX).returncode == 2
    assert _lint(tmp_path, "--rewrite", "--format", "json", "1.sql").returncode == 2
    broken = _lint(tmp_path, "--rewrite", "1.sql")
    assert (broken.returncode, broken.stdout) == (3, b"selec\n")
    assert _lint(tmp_path, "--rewrite", "none.sql").returncode == 3
