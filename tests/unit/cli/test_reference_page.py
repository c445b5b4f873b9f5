"""docs/cli.md is what the commands say of themselves: a snapshot of every --help, complete both ways."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from haulback.cli import reference
from haulback.cli.main import haulback
from haulback.cli.summaries import summary
from haulback.errors import Exit

PAGE = Path(__file__).parents[3] / "docs" / "cli.md"
CONTEXTS = tuple(reference.contexts())
# Of the demo: how many of each, which the name says.
SAID_BY_NAME = {"--users", "--events"}
NAMES = haulback.list_commands(click.Context(haulback))


def test_page_is_what_the_commands_say() -> None:
    found = PAGE.read_text(encoding="utf-8")
    assert found == reference.reference(), "run: python -m haulback.cli.reference docs/cli.md"


def test_every_exit_code_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| (\d+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(one) for one in rows] == [int(one) for one in Exit]


@pytest.mark.parametrize("context", CONTEXTS, ids=lambda one: one.command_path)
def test_every_option_says_what_it_does(context: click.Context) -> None:
    for parameter in context.command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden and not SAID_BY_NAME & set(parameter.opts):
            assert parameter.help, parameter.opts


@pytest.mark.parametrize("name", NAMES)
def test_every_command_shows_examples_that_call_it(name: str) -> None:
    command = haulback.get_command(click.Context(haulback), name)
    assert command is not None
    examples = [one for one in (command.epilog or "").splitlines() if one.strip().startswith("haulback ")]
    assert any(one.split()[1] == name for one in examples)


@pytest.mark.parametrize("context", CONTEXTS, ids=lambda one: one.command_path)
def test_examples_name_commands_and_options_that_exist(context: click.Context) -> None:
    for line in (context.command.epilog or "").splitlines():
        words = re.split(r"\s{2,}|\s*[>|#]", line.strip().removeprefix("HAULBACK_PG_BIN=/usr/lib/postgresql/17/bin "))[
            0
        ].split()
        if words[:1] != ["haulback"]:
            continue
        command: click.Command = haulback
        rest = words[1:]
        while isinstance(command, click.Group):
            found = command.get_command(click.Context(command), rest[0])
            assert found is not None, line
            command, rest = found, rest[1:]
        known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
        assert {one for one in rest if one.startswith("--")} <= known, line


@pytest.mark.parametrize("name", NAMES)
def test_summary_read_from_the_file_is_the_commands_own(name: str) -> None:
    command = haulback.get_command(click.Context(haulback), name)
    assert command is not None
    assert " ".join((command.help or "").split()).startswith(summary(name))
    assert summary(name)


def test_help_holds_no_control_characters() -> None:
    assert all(one.isprintable() or one == "\n" for one in reference.reference())
