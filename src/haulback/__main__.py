"""The command `haulback`."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs the command line; `--version` alone answers without loading it."""
    if sys.argv[1:] == ["--version"]:
        from haulback import __version__  # noqa: PLC0415 - the fast path loads nothing else

        sys.stdout.write(f"haulback {__version__}\n")
        return
    from haulback.cli.main import run  # noqa: PLC0415 - as above

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
