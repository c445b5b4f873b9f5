"""haulback init."""

from __future__ import annotations

from pathlib import Path

import click

from haulback.cli.terminal import result
from haulback.modules.engagement_events import module

_EXAMPLES = """\b
Examples:
  haulback init              write supabase/migrations, rollbacks and seed
  haulback init my-app       the same below my-app/
"""


@click.command(epilog=_EXAMPLES)
@click.argument("folder", default=".", type=click.Path(path_type=Path, file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="End with one JSON document on one line.")
def command(folder: Path, as_json: bool) -> int:
    """Write the module engagement_events into FOLDER/supabase; changes no file that is there."""
    written = [str(path) for path in module.write(folder / "supabase")]
    lines = [f"wrote {path}" for path in written] or ["everything was there already"]
    result({"ok": True, "exit": 0, "written": written}, "\n".join(lines), as_json=as_json)
    return 0
