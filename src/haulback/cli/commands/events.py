"""haulback events."""

from __future__ import annotations

import sys

import click

from haulback.cli.terminal import result
from haulback.modules.engagement_events import exports
from haulback.modules.engagement_events.events import EVENT_TYPES
from haulback.report.columns import aligned

_EXAMPLES = """\b
Examples:
  haulback events list
  haulback events export --format typescript > events.ts
"""


@click.group(epilog=_EXAMPLES)
def command() -> None:
    """The types of engagement events, for people and for clients."""


@command.command("list", epilog="\b\nExamples:\n  haulback events list\n  haulback events list --json")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON document on one line.")
def list_(as_json: bool) -> None:
    """List the event types."""
    events = [{"event_type": one.name, "description": one.description} for one in EVENT_TYPES]
    lines = aligned([(one.name, one.description) for one in EVENT_TYPES], indent="")
    result({"ok": True, "exit": 0, "events": events}, "\n".join(lines), as_json=as_json)


@command.command(epilog="\b\nExamples:\n  haulback events export --format dart > lib/engagement_events.dart")
@click.option(
    "--format", "form", type=click.Choice(exports.FORMATS), default="json", show_default=True, help="The language."
)
def export(form: exports.Format) -> None:
    """Print the registry in the language of a client."""
    sys.stdout.write(exports.export(form))
