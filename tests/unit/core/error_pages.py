"""Every error a user can meet, found by importing the whole package, and the page that lists them."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import haulback
from haulback.errors import HaulbackError

PAGE = Path(__file__).resolve().parents[3] / "docs" / "errors.md"

_HEAD = """\
# Errors

Every error has a code, a message, a hint and an exit code; with `--json` they are in the last line of stdout.
Programs may match on the code. In braces: what is filled in. `scripts/errors` writes this page.

| code | exit | message | hint |
| --- | --- | --- | --- |
"""


def errors() -> list[type[HaulbackError]]:
    """The classes of the package that can be raised, by code."""
    for module in pkgutil.walk_packages(haulback.__path__, "haulback."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found, left = set(), [HaulbackError]
    while left:
        for one in left.pop().__subclasses__():
            left.append(one)
            if one.__module__.startswith("haulback."):
                found.add(one)
    return sorted(found, key=code)


def code(kind: type[HaulbackError]) -> str:
    return kind.code.fget(kind.__new__(kind))


def page() -> str:
    rows = [
        f"| {code(one)} | {int(one.exit_code)} | {cell(one.template)} | {cell(one.hint_template)} |" for one in errors()
    ]
    return _HEAD + "\n".join(rows) + "\n"


def cell(text: str) -> str:
    return text.replace("|", "\\|")
