"""Clumsy ways to call the command."""

from __future__ import annotations

import sys
import types

import pytest
from acceptance_site import Site

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
