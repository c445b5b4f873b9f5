"""`haulback --version` and `--help`, beside an interpreter that does nothing."""

from __future__ import annotations

import sys
from pathlib import Path

from _measure import interleaved, timed

HAULBACK = str(Path(sys.executable).with_name("haulback"))


def main() -> None:
    here = Path.cwd()
    figures = interleaved(
        20,
        ("python -c pass", lambda: timed([sys.executable, "-c", "pass"], here)),
        ("haulback --version", lambda: timed([HAULBACK, "--version"], here)),
        ("haulback --help", lambda: timed([HAULBACK, "--help"], here)),
    )
    for figure in figures:
        sys.stdout.write(figure.line(figures[0]) + "\n")


if __name__ == "__main__":
    main()
