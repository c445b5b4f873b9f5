"""Runs the command line in a process that dies at its n-th entry into the journal.

Arguments: WHEN NUMBER ARGUMENT...; WHEN is one of
  before   SIGKILL to ourselves before the entry is written
  inside   SIGKILL to ourselves after it is written, before its transaction commits
  server   SIGKILL to the server's postmaster (KILLER_SERVER) before the entry is written, then on
Nothing of the product knows about this file.
"""

from __future__ import annotations

import os
import signal
import sys
import time

from haulback.deploy import units
from haulback.deploy.steps import jobs, maintenance, migrate
from haulback.journal import journal

WHEN, NUMBER = sys.argv[1], int(sys.argv[2])
ENTRIES = 0
REAL = journal.write


def write(connection, deployment, step, event, *rest, **more):
    global ENTRIES
    if "shadow" in (connection.info.get_parameters().get("host") or "") or _on_shadow(connection):
        return REAL(connection, deployment, step, event, *rest, **more)
    ENTRIES += 1
    if ENTRIES == NUMBER and WHEN == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    if ENTRIES == NUMBER and WHEN == "server":
        os.kill(int(os.environ["KILLER_SERVER"]), signal.SIGKILL)
        time.sleep(0.2)
    result = REAL(connection, deployment, step, event, *rest, **more)
    if ENTRIES == NUMBER and WHEN == "inside":
        os.kill(os.getpid(), signal.SIGKILL)
    return result


def _on_shadow(connection) -> bool:
    """The rehearsal writes a journal of its own, on a throw-away server: not what is tested here."""
    return connection.info.host != os.environ["KILLER_HOST"]


for module in (journal, units, migrate, jobs, maintenance):
    if hasattr(module, "write"):
        module.write = write
for name, loaded in list(sys.modules.items()):
    if name.startswith("haulback.") and getattr(loaded, "write", None) is REAL:
        loaded.write = write

if __name__ == "__main__":
    from haulback.cli.main import run

    sys.exit(run(sys.argv[3:]))
