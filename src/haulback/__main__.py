"""The command `haulback`."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs the command line; `--version` alone answers without loading it."""
    if sys.argv[1:] == ["--version"]:
        from haulback import __version__  # noqa: PLC0415 - the fast path loads nothing else

        sys.stdout.write(f"haulback {__version__}\n")
        return
    try:
        from haulback.cli.main import run  # noqa: PLC0415 - as above

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while loading: nothing is begun yet
        sys.stderr.write("haulback: interrupted\n")
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
