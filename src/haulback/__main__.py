"""The command `haulback`."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Runs the command line; `--version` alone answers without loading it."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us: what we say goes nowhere
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - lives as long as we
    if sys.argv[1:] == ["--version"]:
        from haulback import __version__  # noqa: PLC0415 - the fast path loads nothing else

        sys.stdout.write(f"haulback {__version__}\n")
        return
    # What is loaded lives to the end: looking through it for garbage again and again costs a tenth of a short command.
    gc.set_threshold(50_000)
    try:
        from haulback.cli.main import run  # noqa: PLC0415 - as above

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while loading: nothing is begun yet
        sys.stderr.write("haulback: interrupted\n")
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
