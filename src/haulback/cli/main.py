"""The command line: one file a command, loaded when it is called."""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Sequence

import click
from click.shell_completion import CompletionItem

from haulback import __version__
from haulback.cli import commands
from haulback.cli.failures import told, told_usage
from haulback.cli.summaries import summary

_EPILOG = """\b
Start here:
  haulback init                 write the module engagement_events into supabase/
  haulback up --detach          start a PostgreSQL of your own
  haulback plan                 show what is pending
  haulback deploy --yes         ship it
  haulback rollback --yes       take it back

\b
Shell completion:
  eval "$(haulback completion bash)"     (or zsh, fish)
"""


class Commands(click.Group):
    """Finds the commands in `haulback.cli.commands`, and imports only the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(m.name.replace("_", "-") for m in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{commands.__name__}.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary(name)) for name in self.list_commands(ctx)])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        return [
            *(CompletionItem(name, help=summary(name)) for name in names),
            *click.Command.shell_complete(self, ctx, incomplete),
        ]


@click.command(cls=Commands, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="haulback", message="%(prog)s %(version)s")
def haulback() -> None:
    """Ships SQL migrations to PostgreSQL and Supabase, and takes them back with nothing lost."""


def run(arguments: Sequence[str]) -> int:
    """Runs one command; returns the exit code.

    Whatever goes wrong is told as a message with a hint. A traceback is shown only where HAULBACK_DEBUG is set.
    """
    as_json = "--json" in arguments
    try:
        result = haulback.main(args=list(arguments), prog_name="haulback", standalone_mode=False)
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except click.ClickException as error:
        return told_usage(error, as_json=as_json)
    except (Exception, KeyboardInterrupt, click.Abort) as failure:
        if os.environ.get("HAULBACK_DEBUG"):
            raise
        return told(failure, as_json=as_json)
    return int(result or 0)
