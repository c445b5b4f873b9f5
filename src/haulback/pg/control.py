"""What the control file of a data folder says, through pg_controldata: works whether or not a server runs on it."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from haulback.errors import Exit, HaulbackError
from haulback.model.wal import lsn_of
from haulback.pg import postmaster
from haulback.pg.binaries import Binaries

# Printed by pg_controldata, wanted by a server that recovers: below the primary's it refuses to go on.
_LIMITS = {
    "max_connections setting": "max_connections",
    "max_worker_processes setting": "max_worker_processes",
    "max_wal_senders setting": "max_wal_senders",
    "max_prepared_xacts setting": "max_prepared_transactions",
    "max_locks_per_xact setting": "max_locks_per_transaction",
    "track_commit_timestamp setting": "track_commit_timestamp",
}


class ControlUnreadable(HaulbackError):
    template = "the control file of {data} cannot be read: {reason}"
    hint_template = "Check that it is a whole data folder of PostgreSQL {major}."
    exit_code = Exit.REFUSED


@dataclass(frozen=True, slots=True)
class Control:
    """A control file.

    Attributes:
        system: identifier of the cluster.
        state: such as `shut down` or `in production`.
        timeline: of the latest checkpoint.
        checkpoint: position of the latest checkpoint's record; of a server that was shut down, the end of its log.
        limits: settings that a recovery must not go below.
    """

    system: str
    state: str
    timeline: int
    checkpoint: int
    segment_size: int
    checksums: bool
    limits: dict[str, str]


def read(binaries: Binaries, data: Path) -> Control:
    """The control file of a data folder.

    Raises:
        ControlUnreadable: it is missing, damaged, or of another major version.
    """
    done = subprocess.run(
        [binaries.program("pg_controldata"), "-D", data],
        capture_output=True, text=True, errors="replace", check=False, env=postmaster.environment(),
    )  # fmt: skip
    told = dict(re.findall(r"^([^:]+):\s+(.*)$", done.stdout, re.MULTILINE))
    # With a wrong sum it prints what it finds all the same, and warns.
    if done.returncode != 0 or "CRC" in done.stdout.split("pg_control version", 1)[0]:
        reason = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[0]
        raise ControlUnreadable(data=data, reason=reason, major=binaries.major)
    try:
        return Control(
            system=told["Database system identifier"],
            state=told["Database cluster state"],
            timeline=int(told["Latest checkpoint's TimeLineID"]),
            checkpoint=lsn_of(told["Latest checkpoint location"]),
            segment_size=int(told["Bytes per WAL segment"]),
            checksums=told["Data page checksum version"] != "0",
            limits={setting: told[name] for name, setting in _LIMITS.items() if name in told},
        )
    except (KeyError, ValueError) as error:
        raise ControlUnreadable(data=data, reason=f"no {error} in it", major=binaries.major) from error
