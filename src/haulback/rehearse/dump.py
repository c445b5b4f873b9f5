"""The schema as pg_dump writes it: the judge of exactness that owes nothing to our own reading."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from haulback.errors import Exit, HaulbackError
from haulback.pg import binaries
from haulback.pg.binaries import Binaries
from haulback.pg.catalog.reader import LEAVE_OUT
from haulback.pg.cluster import SUPERUSER, Running


class DumpFailed(HaulbackError):
    template = "pg_dump of the shadow failed: {reason}"
    hint_template = "Run the same command again; what pg_dump says tells more."
    exit_code = Exit.UNVERIFIED


class Dumper:
    """Writes out the schema of a shadow; None of these where no pg_dump of its major is at hand."""

    def __init__(self, program: Path, options: Sequence[str]) -> None:
        self._program, self._options = program, tuple(options)

    @staticmethod
    def of(found: Binaries) -> Dumper | None:
        """The pg_dump of a server, or of another installation of its major."""
        for one in (found, *(other for other in binaries.find() if other.major == found.major)):
            program = one.program("pg_dump")
            if program.is_file():
                # Later minors write a random key into every dump unless they are given one.
                known = subprocess.run([program, "--help"], capture_output=True, text=True, check=False).stdout
                fixed = ("--restrict-key=haulback",) if "--restrict-key" in known else ()
                return Dumper(program, (*fixed, *(f"--exclude-schema={schema}" for schema in LEAVE_OUT)))
        return None

    def text(self, running: Running) -> str:
        """The schema as it stands.

        Raises:
            DumpFailed: pg_dump did not do it.
        """
        address = running.conninfo(SUPERUSER)
        done = subprocess.run(
            [self._program, "--schema-only", *self._options, address],
            capture_output=True, text=True, check=False, encoding="utf-8",
        )  # fmt: skip
        if done.returncode != 0:
            raise DumpFailed(reason=done.stderr.strip())
        return done.stdout


def only_order(one: str, other: str) -> bool:
    """Whether two dumps hold the same lines, each as often: then nothing but an order differs."""
    return Counter(_lines(one)) == Counter(_lines(other))


def first_difference(wanted: str, found: str) -> str:
    """The first lines that only one of two dumps has, for a person."""
    missing = Counter(_lines(wanted)) - Counter(_lines(found))
    extra = Counter(_lines(found)) - Counter(_lines(wanted))
    told = [f"- {line}" for line in missing if line.strip("-")][:2] + [
        f"+ {line}" for line in extra if line.strip("-")
    ][:2]
    return "; ".join(told) or "the same lines in another order"


def _lines(text: str) -> list[str]:
    return [line.strip().removesuffix(",") for line in text.splitlines()]
