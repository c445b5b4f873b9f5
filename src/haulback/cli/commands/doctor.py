"""haulback doctor."""

from __future__ import annotations

import os
from pathlib import Path

import click

from haulback.app import doctor
from haulback.cli import options
from haulback.cli.terminal import result
from haulback.errors import Exit
from haulback.report import document_doctor, text_doctor

_EXAMPLES = """\b
Examples:
  haulback doctor
  haulback doctor --json
  HAULBACK_PG_BIN=/usr/lib/postgresql/17/bin haulback doctor
"""


@click.command(epilog=_EXAMPLES)
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="A haulback.toml to read.")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON document on one line.")
def command(config: Path | None, *, as_json: bool) -> int:
    """Say what is found on this machine, what it is used for and what it lacks.

    Connects to no target; `haulback status` does. Ends with 1 where something essential is missing.
    """
    findings = doctor.examine(options.settings(config), os.environ)
    result(document_doctor.examined(findings), text_doctor.examined(findings), as_json=as_json)
    return Exit.ERROR if any(one.breaks for one in findings) else Exit.DONE
