"""Clumsy ways to call the command."""

from __future__ import annotations

import os
import subprocess
import sys
import types

import pytest
from acceptance_site import HAULBACK, Site

from haulback.__main__ import main


@pytest.mark.parametrize("arguments", [("rollback",), ("log",), ("attic", "restore")])
@pytest.mark.parametrize("number", ["99999999999999999999999", "0", "seven"])
def test_a_number_that_cannot_be(site: Site, arguments: tuple[str, ...], number: str) -> None:
    ended = site.run(*arguments, number, "--json")
    assert (ended.exit, ended.document["error"]) == (2, "usage-error")


def test_interrupted_while_loading(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    loading = types.ModuleType("haulback.cli.main")

    def interrupted(_arguments: list[str]) -> int:
        raise KeyboardInterrupt

    loading.run = interrupted  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "haulback.cli.main", loading)
    monkeypatch.setattr(sys, "argv", ["haulback", "plan"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "haulback: interrupted\n"


@pytest.mark.parametrize("arguments", [("--json",), ()])
def test_nobody_reads_what_a_deployment_tells(site: Site, arguments: tuple[str, ...]) -> None:
    site.migration("20260101000000_t.sql", "create table public.t (id int)")
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [*HAULBACK, "deploy", "--yes", "--skip", "rehearsal", "--skip", "preflight", *arguments],
        cwd=site.folder,
        env={**os.environ, "HAULBACK_HOME": str(site.home)},
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=writing,
        check=False,
    )
    os.close(writing)
    assert ended.returncode == 0
    assert site.value("select detail ->> 'state' from haulback.entry order by sequence desc limit 1") == "deployed"


def test_no_stdout_at_all(site: Site) -> None:
    ended = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *HAULBACK, "status"],
        cwd=site.folder,
        env={**os.environ, "HAULBACK_HOME": str(site.home)},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_configuration_with_a_byte_order_mark(site: Site) -> None:
    file = site.folder / "haulback.toml"
    file.write_text("\ufeff" + file.read_text(encoding="utf-8"), encoding="utf-8")
    assert site.run("status").exit == 0
