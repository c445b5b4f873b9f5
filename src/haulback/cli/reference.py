"""Writes docs/cli.md: the help of every command as it is, and the exit codes.

Run it as `python -m haulback.cli.reference docs/cli.md`; a test holds the page against the commands.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

import click

from haulback.cli.main import haulback
from haulback.errors import Exit

_WIDTH = 100
_INTRODUCTION = """\
# Commands

What `--help` says of each command. This page is made by `python -m haulback.cli.reference docs/cli.md`.

Results go to stdout, progress and hints to stderr. With `--json` the last line of stdout is one JSON document
([json.md](json.md)). Colours are left out where stderr is no terminal or `NO_COLOR` is set. Without a terminal
nothing is asked: what would ask wants `--yes`.
"""
EXITS = MappingProxyType(
    {
        Exit.DONE: "done",
        Exit.ERROR: "an error before anything was touched, not one of those below",
        Exit.USAGE: "wrong usage or configuration",
        Exit.REFUSED: "refused, as by a check that blocks; nothing was touched",
        Exit.ROLLED_BACK: "failed, and rolled back clean",
        Exit.ROLLBACK_INCOMPLETE: "the rollback is incomplete: a person is needed, and the message says for what",
        Exit.HELD: "another deployment holds the target",
        Exit.UNVERIFIED: "could not verify",
        Exit.INTERRUPTED: "interrupted; the state is consistent, and the message says how to go on",
    }
)


def reference() -> str:
    """Returns the page."""
    parts = [_INTRODUCTION, "## Exit codes\n", "| exit | meaning |\n| --- | --- |"]
    parts[-1] += "".join(f"\n| {int(code)} | {meaning} |" for code, meaning in EXITS.items()) + "\n"
    parts += [f"## {context.command_path}\n\n```text\n{_help(context)}\n```\n" for context in contexts()]
    return "\n".join(parts)


def contexts() -> Iterator[click.Context]:
    """Every command with the context in which its help is made, groups before what is in them."""
    names = ["-h", "--help"]
    yield from _below(click.Context(haulback, info_name="haulback", terminal_width=_WIDTH, help_option_names=names))


def _below(context: click.Context) -> Iterator[click.Context]:
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            found = context.command.get_command(context, name)
            if found and not found.hidden:
                below = click.Context(found, parent=context, info_name=name, terminal_width=_WIDTH)
                yield from _below(below)


def _help(context: click.Context) -> str:
    return "\n".join(line.rstrip() for line in context.get_help().splitlines())


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(reference(), encoding="utf-8")
