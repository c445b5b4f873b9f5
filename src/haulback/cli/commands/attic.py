"""haulback attic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from haulback.app import attic
from haulback.app.target import opened
from haulback.cli import options
from haulback.cli.terminal import progress, result
from haulback.model.capture import AtticEntry

_EXAMPLES = """\b
Examples:
  haulback attic list --verify            what is kept, each checksum computed again
  haulback attic restore 3 --yes          bring the rows of capture 3 back into its table
  haulback attic purge 3 --confirm '"public"."orders"' --yes
"""
_KIB = 1024


@click.group(epilog=_EXAMPLES)
def command() -> None:
    """What deployments and rollbacks keep."""


@command.command("list")
@options.common
@click.option("--verify", is_flag=True, help="Read every row and compare the checksums.")
def list_(target: str | None, as_json: bool, config: Path | None, verify: bool) -> int:
    """List what is kept, with rows, size, age and state."""
    settings = options.settings(config)
    found = attic.entries(opened(settings, target, start=False), verify=verify)
    damaged = any(entry.state == "damaged" for entry in found)
    document = {"ok": not damaged, "exit": 3 if damaged else 0, "captures": [_document(entry) for entry in found]}
    lines = [f"{'id':>4} {'deployment':>10} {'rows':>10} {'KiB':>8} {'age':>8}  {'state':<12} what"]
    lines += [_line(entry) for entry in found]
    result(document, "\n".join(lines) if found else "the attic is empty", as_json=as_json)
    return 3 if damaged else 0


@command.command("restore")
@click.argument("id_", metavar="ID", type=options.NUMBER)
@options.common
@options.yes
def restore(id_: int, target: str | None, as_json: bool, config: Path | None, yes: bool) -> int:
    """Bring the rows of one capture back into the table of its name; what is there stays as it is."""
    settings = options.settings(config)
    where = opened(settings, target)
    options.confirm(f"Restore capture {id_} on {where.name} ({where.environment})?", yes=yes)
    merged = attic.restore(settings, where, id_, progress(as_json=as_json))
    document = {
        "ok": True,
        "exit": 0,
        "capture": id_,
        "table": merged.capture.identity,
        "captured": merged.captured,
        "merged": merged.merged,
        "present": merged.present,
        "left": dict(merged.left),
    }
    left = ", ".join(f"{rows} {reason}" for reason, rows in merged.left.items()) or "none"
    text = (
        f"{merged.capture.identity}: {merged.merged} of {merged.captured} rows brought back, "
        f"{merged.present} were there, left: {left}"
    )
    result(document, text, as_json=as_json)
    return 0


@command.command("purge")
@click.argument("id_", metavar="ID", type=options.NUMBER)
@options.common
@options.yes
@click.option("--confirm", metavar="NAME", help="The table's name, where its rows are nowhere else.")
def purge(id_: int, target: str | None, as_json: bool, config: Path | None, yes: bool, confirm: str | None) -> int:
    """Destroy one capture for good."""
    settings = options.settings(config)
    where = opened(settings, target)
    options.confirm(f"Destroy capture {id_} on {where.name} ({where.environment})?", yes=yes)
    gone = attic.purge(settings, where, id_, confirm)
    result({"ok": True, "exit": 0, "capture": id_}, f"purged {gone.kind} {gone.identity}", as_json=as_json)
    return 0


def _document(entry: AtticEntry) -> dict[str, Any]:
    capture = entry.capture
    return {
        "id": capture.id,
        "deployment": capture.number,
        "kind": capture.kind.value,
        "keeps": capture.keeps.value,
        "identity": capture.identity,
        "rows": capture.rows,
        "bytes": entry.size,
        "seconds": round(entry.seconds),
        "state": entry.state,
        "checksum": capture.checksum,
        "left": dict(entry.left),
    }


def _line(entry: AtticEntry) -> str:
    capture = entry.capture
    rows = "?" if capture.rows is None else f"{capture.rows:,}"
    hours = f"{entry.seconds / 3600:.1f} h"
    what = f"{capture.kind} {capture.identity}"
    return (
        f"{capture.id:>4} {capture.number:>10} {rows:>10} {entry.size // _KIB:>8,} {hours:>8}  {entry.state:<12} {what}"
    )
