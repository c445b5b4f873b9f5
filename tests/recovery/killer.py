"""Runs the command line in a process that dies at its n-th entry into the journal, or statement of a migration.

Started once, it forks for every order that comes on stdin, one JSON document a line, so that the package is loaded
only once: {"when": ..., "number": ..., "host": ..., "server": ..., "folder": ..., "home": ..., "out": ...,
"arguments": [...]}. Answers each with the exit status on stdout. `when` is one of

  never    nobody dies
  before   SIGKILL to ourselves before the entry is written
  inside   SIGKILL to ourselves after it is written, before its transaction commits; other entries do not count
  server   SIGKILL to the server's postmaster before the entry is written, then on
  sent     SIGKILL to ourselves after a statement of a migration is sent, while it runs; statements count, not entries
  answered SIGKILL to ourselves after it has ended, before anything else is done

Nothing of the product knows about this file.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from pathlib import Path

from psycopg.pq import TransactionStatus

import haulback.app.preflight
import haulback.app.rehearsing
import haulback.cli.commands.deploy
import haulback.cli.commands.rollback
from haulback.cli.main import run
from haulback.journal import journal
from haulback.pg import execution

REAL = journal.write
REAL_SEND = execution.send


class Killer:
    """Stands in for `journal.write` and counts the entries of the target; a shadow's own journal does not count."""

    def __init__(self, when: str, number: int, host: str, server: int) -> None:
        self.when, self.number, self.host, self.server = when, number, host, server
        self.entries = 0

    def __call__(self, connection, deployment, step, event, *rest, **more):
        counts = connection.info.host == self.host
        if self.when == "inside":
            counts = counts and connection.info.transaction_status != TransactionStatus.IDLE
        self.entries += counts
        now = counts and self.entries == self.number
        if now and self.when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        if now and self.when == "server":
            os.kill(self.server, signal.SIGKILL)
            time.sleep(0.2)
        result = REAL(connection, deployment, step, event, *rest, **more)
        if now and self.when == "inside":
            os.kill(os.getpid(), signal.SIGKILL)
        return result


class StatementKiller:
    """Stands in for `execution.send` and counts the statements on the target; a shadow's do not count."""

    def __init__(self, when: str, number: int, host: str) -> None:
        self.when, self.number, self.host = when, number, host
        self.statements = 0

    def __call__(self, connection, statement):
        self.statements += connection.info.host == self.host
        now = self.statements == self.number
        if now and self.when == "sent":
            connection.pgconn.send_query(statement.text.encode())
            while connection.pgconn.flush():
                time.sleep(0.001)
            os.kill(os.getpid(), signal.SIGKILL)
        REAL_SEND(connection, statement)
        if now and self.when == "answered":
            os.kill(os.getpid(), signal.SIGKILL)


def install(killer: Killer) -> None:
    """Puts the killer wherever a module of ours holds the real one."""
    for name, module in list(sys.modules.items()):
        if name.startswith("haulback.") and getattr(module, "write", None) is REAL:
            module.write = killer


def child(order: dict) -> None:
    out = os.open(order["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    err = os.open(order["out"] + ".err", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.chdir(order["folder"])
    os.environ["HAULBACK_HOME"] = order["home"]
    if order["when"] in {"sent", "answered"}:
        execution.send = StatementKiller(order["when"], order["number"], order["host"])
    else:
        install(Killer(order["when"], order["number"], order["host"], order["server"]))
    code = 1
    with contextlib.suppress(BaseException):
        code = run(order["arguments"])
    sys.stdout.flush()
    os._exit(code)


def main() -> None:
    assert haulback.app.preflight, "loaded before the first fork"
    for line in sys.stdin:
        order = json.loads(line)
        Path(order["out"]).unlink(missing_ok=True)
        pid = os.fork()
        if pid == 0:
            child(order)
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
