"""The first sentence of each command's help, read from its file without importing it.

`haulback --help` and the shell's completion name every command; importing them all would take longer than most
commands do.
"""

from __future__ import annotations

import ast
from pathlib import Path

from haulback.cli import commands


def summary(name: str) -> str:
    """Returns the first sentence of the docstring of `command` in the file of that command."""
    source = Path(commands.__path__[0], f"{name.replace('-', '_')}.py").read_text(encoding="utf-8")
    found = (one for one in ast.parse(source).body if isinstance(one, ast.FunctionDef) and one.name == "command")
    text = next((ast.get_docstring(one) or "" for one in found), "")
    sentence, stop, _ = " ".join(text.split("\n\n", 1)[0].split()).partition(". ")
    return sentence + stop.strip()
